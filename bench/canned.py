"""A server that answers the work of a poll from memory, in one write: what it costs must not slow its client down.

``python -m bench.canned --devices 50`` records the simulator's replies at several moments, so that counters change
from poll to poll, prints one line of JSON with its ports and serves until its input ends. A device is a controller of
access points (``ccr2004``) with the stations of its access points (``hap_ax2``): about 42 rows and 700 attributes.
A line ``{"still": true}`` of its input lets all counters stand still, so that two clients must read the same.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import ssl
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

import uvloop

from bench.work import NAMED, WHOLE
from fleet.clock import FakeClock
from fleet.device import Endpoint, Login, TlsMode
from fleet.egress import SIMULATED, Egress
from routeros.client import connect
from routeros.simulator.device import naming
from routeros.simulator.doors import certificates
from routeros.simulator.doors.listeners import BACKLOG, listen
from routeros.simulator.simulation import Options, Simulation, serve
from routeros.words import Command, Row, encode

SPAN: Final = timedelta(seconds=30)
INTERFACES, STATIONS = 18, 10
ACCESS_POINTS = 16
"""So many interfaces and stations of a device; so many access points are asked for stations."""

TAG: Final = b"\0tag\0"
"""Where a tag goes; no reply has such bytes, for a word without length ends a sentence."""

Answers = Mapping[bytes, Sequence[bytes]]
"""By a command's bytes without its tag: the reply, cut where the tag goes."""


class Device:
    """Answers from memory: those of the next moment with each identity that is asked for, unless ``still``."""

    __slots__ = ("_moments", "_turn", "still")

    def __init__(self, moments: Sequence[Answers]) -> None:
        self._moments = moments
        self._turn = 0
        self.still = False

    def answer(self, words: bytes) -> bytes:
        """Answer one command, given without the end of its sentence."""
        begin = words.rfind(b".tag=")
        asked, tag = (words, b"") if begin < 0 else (words[: begin - 1], words[begin - 1 :])
        if asked in _FIRST and not self.still:
            self._turn = (self._turn + 1) % len(self._moments)
        pieces = self._moments[self._turn].get(asked)
        return tag.join(pieces) if pieces else _other(asked, tag)


class Canned(asyncio.Protocol):
    """One connection; the address that was called names the device."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices = devices
        self._input = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write = cast(asyncio.Transport, transport).write
        index = naming.index_at(transport.get_extra_info("sockname")[0])
        self._device = self._devices[index % len(self._devices)]

    def data_received(self, data: bytes) -> None:
        *whole, self._input = _sentences(self._input + data)
        self._write(b"".join(map(self._device.answer, whole)))


_FIRST = (WHOLE[0].encoded, NAMED[0].encoded)


def _other(asked: bytes, tag: bytes) -> bytes:
    if asked[1:].startswith(b"/login"):
        return b"\x05!done" + tag + b"\0"
    return b"\x05!trap" + tag + encode("=message=no such command prefix")[:-1] + b"\0\x05!done" + tag + b"\0"


def _sentences(data: bytes) -> list[bytes]:
    """Cut commands apart; the last piece is what is not whole yet."""
    found, begin, place = [], 0, 0
    while place < len(data):
        length, head = data[place], 1
        if length > 0x7F:
            length, head = int.from_bytes(data[place : place + 2], "big") & 0x3FFF, 2
        if not length:
            found.append(data[begin:place])
            begin = place + 1
        place += head + length
    return [*found, data[begin:]]


async def record(devices: int, moments: int) -> list[list[Answers]]:
    """Ask simulated routers at several moments; return each device's answers, moment by moment."""
    clock = FakeClock()
    controllers = Options(devices, personas=("ccr2004",), clock=clock)
    access_points = Options(ACCESS_POINTS, personas=("hap_ax2",), clock=clock)
    made: list[list[Answers]] = [[] for _ in range(devices)]
    async with serve(controllers) as main, serve(access_points) as radios:
        for _ in range(moments):
            clock.advance(timedelta(seconds=30))
            stations = [rows[5] for rows in await _rows(radios)]
            for index, rows in enumerate(await _rows(main)):
                turned = stations[index % ACCESS_POINTS :] + stations[: index % ACCESS_POINTS]
                rows[4] = rows[4][:INTERFACES]
                rows[5] = [row for some in turned for row in some][:STATIONS]
                made[index].append(_answers(rows))
    return made


async def _rows(simulation: Simulation) -> list[list[list[Row]]]:
    """Ask every router for all menus; a menu that it lacks has no rows."""
    found = []
    for entry in simulation.inventory():
        endpoint = Endpoint(entry.address, entry.api_port, TlsMode.PLAIN)
        login = Login(entry.username, entry.password)
        async with await connect(endpoint, login, timeout=SPAN, egress=Egress((SIMULATED,))) as client:
            replies = await client.calls(WHOLE, timeout=SPAN)
            found.append([reply if isinstance(reply, list) else [] for reply in replies])
    return found


def _answers(replies: Sequence[Sequence[Row]]) -> Answers:
    named = ([_part(row, command) for row in rows] for command, rows in zip(NAMED, replies, strict=True))
    asked = (*zip(WHOLE, replies, strict=True), *zip(NAMED, named, strict=True))
    return {command.encoded: _pieces(rows) for command, rows in asked}


def _part(row: Row, command: Command) -> Row:
    return {name: value for name, value in row.items() if name in command.properties}


def _pieces(rows: Sequence[Row]) -> list[bytes]:
    data = [encode("!re")[:-1] + TAG + _attributes(row) for row in rows]
    return b"".join([*data, b"\x05!done" + TAG + b"\0"]).split(TAG)


def _attributes(row: Row) -> bytes:
    return encode(*(f"={name}={value}" for name, value in row.items()))


@asynccontextmanager
async def serving(devices: Sequence[Device]) -> AsyncIterator[dict[str, Any]]:
    """Listen in plain and over TLS on every loopback address; yield the ports and the fingerprint."""
    loop = asyncio.get_running_loop()
    identity = certificates.make("canned", "127.64.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as chain:
        Path(chain.name).write_bytes(identity.pem())
        context.load_cert_chain(chain.name)
    ports = []
    for one in (None, context):
        listener = listen(0)
        ports.append(listener.getsockname()[1])
        await loop.create_server(partial(Canned, devices), sock=listener, ssl=one, backlog=BACKLOG)
    yield {"plain": ports[0], "tls": ports[1], "fingerprint": identity.fingerprint}


async def main(devices: int, moments: int) -> None:
    """Record, serve, and end when the input does."""
    made = [Device(answers) for answers in await record(devices, moments)]
    async with serving(made) as served:
        print(json.dumps(served), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, obey, made)


def obey(devices: Sequence[Device]) -> None:
    """Let counters stand still or go on as the input says, until it ends."""
    for line in sys.stdin:
        asked = json.loads(line)
        for device in devices:
            device.still = asked["still"]
        print(line, end="", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.canned", description=__doc__)
    parser.add_argument("--devices", type=int, default=50)
    parser.add_argument("--moments", type=int, default=8, help="how many different answers of a device")
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(given.devices, given.moments))
