"""What rules and queues have counted: a part of the router's traffic each, since the boot or the last reset."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from routeros.simulator import selecting
from routeros.simulator.catalogue import menus
from routeros.simulator.device.noise import draw, key
from routeros.simulator.doors.wire import Call
from routeros.simulator.outcome import Outcome, Reply, Row
from routeros.simulator.router import Router

Counts = tuple[int, int]


class Tally:
    """A part of a router: the counts from which rows count on after a reset, and the boot in which that was."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._marks: dict[tuple[str, str], tuple[float, Counts]] = {}

    def read(self, store: str, row: Row, made: int) -> Counts:
        """Tell bytes and packets of one row.

        ``made`` is how many rows a new device has: a row that was added later has met no packet.
        """
        place = int(row[".id"][1:], 16)
        if place > made or row.get("disabled") == "true":
            return 0, 0
        bytes_, packets = self._grown(store, row[".id"])
        boot, (bytes_then, packets_then) = self._marks.get((store, row[".id"]), (0.0, (0, 0)))
        if boot != self._router.booted(self._router.now()):
            return bytes_, packets
        return max(0, bytes_ - bytes_then), max(0, packets - packets_then)

    def reset(self, store: str, id: str) -> None:
        """Let a row count from 0."""
        self._marks[store, id] = (self._router.booted(self._router.now()), self._grown(store, id))

    def _grown(self, store: str, id: str) -> Counts:
        counts = self._router.meter.read(self._router.now())[:2, :, 0].sum(axis=1)
        share = 10 ** draw(key(self._router.model.root, store, id), -5, -0.3)
        return int(counts[0] * share), int(counts[1] * share)


def resets(path: str) -> Mapping[str, Callable[[Router, Call], Outcome]]:
    """Make the verbs that let rows of a menu count from 0."""

    def some(router: Router, call: Call) -> Outcome:
        rows = selecting.chosen(router, menus(router.model)[path], selecting.asked(call))
        return _reset(router, path, rows)

    def all_(router: Router, _: Call) -> Outcome:
        return _reset(router, path, selecting.rows(router, menus(router.model)[path]))

    return {"reset-counters": some, "reset-counters-all": all_}


def _reset(router: Router, path: str, rows: list[Row]) -> Outcome:
    for row in rows:
        router.part(Tally).reset(path, row[".id"])
    return Reply()
