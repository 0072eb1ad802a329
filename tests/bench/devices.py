"""Ids of devices as the benchmark makes them."""

from bench.fleet.seeds import device_id
from fleet.identity import DeviceId


def ids(count: int) -> list[DeviceId]:
    return [device_id({"index": index}) for index in range(count)]
