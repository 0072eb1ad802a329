"""A whole Flotilla with a simulated fleet, where anything may be struck while everything is written down."""

from __future__ import annotations

import os
import signal
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from cluster import report
from cluster.assembly import Assembly
from cluster.demo import Demo, Wish
from cluster.servers.server import Server
from cluster.simulation import Fleet
from db.engine import Stores
from fleet import partition, settings
from fleet.errors import FleetError
from fleet.identity import DeviceId
from tests.chaos import sources
from tests.chaos.books import Answer, Balance, Blow, Books, Span, balance
from tests.chaos.ground import Ground
from tests.chaos.nodes import Labelled
from tests.chaos.sources import Answers, Stream

T = TypeVar("T")

LOOK_EVERY = 0.25
PATIENCE = timedelta(seconds=180)
RECENT = 4
"""Intervals within which every device of a fleet at peace was polled."""

SETTLED = 200
"""Events under way between stream and store in a fleet at peace: two seconds of a hundred polls, two events each."""


class Uneasy(Exception):
    """Something that had to come did not."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at one moment: the actors' own reports, and which checks of the readiness failed."""

    at: datetime
    actors: Mapping[str, Mapping[str, Any]]
    failing: Mapping[str, str]


def now() -> datetime:
    """Tell the time, as answers and rows have it."""
    return datetime.now(UTC)


def until(look: Callable[[], T | None], what: str, patience: timedelta = PATIENCE) -> T:
    """Look until there is something that is true; raises Uneasy."""
    end = time.monotonic() + patience.total_seconds()
    while True:
        with suppress(FleetError):
            if found := look():
                return found
        if time.monotonic() > end:
            raise Uneasy(f"{what}: not within {patience.total_seconds():.0f} s")
        time.sleep(0.1)


@dataclass
class Arena:
    """One ground that runs; a context manager."""

    state: Path
    ground: Ground
    say: Callable[[str], None] = lambda _: None
    looks: list[Look] = field(default_factory=list)
    blows: list[Blow] = field(default_factory=list)
    nodes: dict[str, Labelled] = field(default_factory=dict)
    _dropped: dict[str, int] = field(default_factory=dict)
    _held: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)
    _failing: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            asked = settings.load(self.state, announced=False, **self.ground.settings())
            wish = Wish(Fleet(self.ground.devices, self.ground.tenants, more=self.ground.more))
            self.demo = stack.enter_context(Demo(asked, wish, self.say))
            self._open_books()
            self._join_nodes(stack)
            for work in (self._watch, self._ask_health):
                thread = threading.Thread(target=work, daemon=True)
                thread.start()
                stack.callback(thread.join)
            stack.callback(self._over.set)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def assembly(self) -> Assembly:
        return self.demo.assembly

    @property
    def stores(self) -> Stores:
        return self.demo.stores

    @property
    def devices(self) -> frozenset[DeviceId]:
        return frozenset(self._answers.devices.values())

    def actors(self, kind: str = "") -> dict[str, dict[str, Any]]:
        """Tell what the actors of a kind last said, by name."""
        known = self.assembly.conductor.actors()
        return {name: seen for name, seen in sorted(known.items()) if name.startswith(kind)}

    def pid(self, actor: str) -> int:
        """Wait until an actor runs, and tell its process."""
        return until(lambda: int(self.actors().get(actor, {}).get("pid") or 0), f"{actor} runs")

    def owned(self, poller: str) -> frozenset[DeviceId]:
        """Tell whose devices a poller has."""
        held = sources.owners(self.stores)
        return frozenset(d for d in self.devices if held.get(partition.of(d), (None, 0))[0] == poller)

    def kill(self, pid: int) -> datetime:
        """Kill a process at once; tells when."""
        os.kill(pid, signal.SIGKILL)
        return now()

    @property
    def dropped(self) -> int:
        """The events that pollers say they dropped since the row began."""
        return sum(max(0, count - self._dropped.get(name, 0)) for name, count in self._count_dropped().items())

    def blow(self, at: datetime, devices: frozenset[DeviceId]) -> None:
        """Write down that the pollers of devices were struck: what they had under way may be lost."""
        self.blows.append(Blow(at, devices))

    @contextmanager
    def down(self, *servers: Server) -> Iterator[None]:
        """Kill servers and keep them down; afterwards they are started again, as a person would."""
        with self._held:
            for server in servers:
                assert server.pid is not None
                self.kill(server.pid)
            yield
            for server in servers:
                server.restart()

    def afflict(self, order: str) -> None:
        """Set a fault of the simulated devices; ``none`` lifts all of theirs."""
        answer = self.demo.simulation.ask({"command": "fault", "order": order}, PATIENCE)
        assert "devices" in answer, answer

    def places(self, devices: frozenset[DeviceId]) -> list[int]:
        """Tell under which numbers the simulator knows devices."""
        return [number for number, device in self._answers.devices.items() if device in devices]

    def answers(self, since: datetime | None = None) -> list[Answer]:
        """Tell what was answered, all of it or since an instant, in its order."""
        (found,) = until(lambda: (self._answers.read(),), "the simulator tells what it answered")
        return found if since is None else found[bisect_right(found, since, key=attrgetter("at")) :]

    def wait(self, span: timedelta) -> None:
        """Let time go by, while the others work."""
        time.sleep(max(0.0, span.total_seconds()))

    def calm(self) -> None:
        """Wait until all actors have their share, devices are polled in their rhythm, and the store has caught up."""
        try:
            until(lambda: not self._unrest(), "the fleet is calm")
        except Uneasy as error:
            raise Uneasy(f"{error}: {self._unrest()}") from error

    def begin(self) -> datetime:
        """Begin to count what pollers drop, and tell the time."""
        self._dropped = self._count_dropped()
        return now()

    def balance(self, since: datetime, patience: timedelta = PATIENCE) -> Balance:
        """Count what became of the polls since an instant, once all has arrived or when the patience ends."""
        span = Span(since, now())
        end = time.monotonic() + patience.total_seconds()
        while not (found := balance(self._books(span), span)).whole and time.monotonic() < end:
            time.sleep(0.5)
        return found

    def counted(self, reason: str) -> int:
        """Tell how many events the writers say they refused for a reason."""
        return sum(int((seen.get("refused") or {}).get(reason, 0)) for seen in self.actors("writer").values())

    def plain(self) -> set[bytes]:
        """Tell the devices' passwords that stood in the stream."""
        self._stream.read()
        return self._stream.plain

    def passwords(self) -> frozenset[bytes]:
        return frozenset(str(entry["password"]).encode() for entry in self.demo.simulation.inventory())

    def _join_nodes(self, stack: ExitStack) -> None:
        for label in self.ground.nodes:
            self.nodes[label] = Labelled(self.assembly.state, self.assembly.ray, label)
            stack.callback(self.nodes[label].stop)
        with ThreadPoolExecutor(max_workers=max(1, len(self.nodes))) as pool:
            for joined in [pool.submit(node.start) for node in self.nodes.values()]:
                joined.result()

    def _open_books(self) -> None:
        ids = sources.fleet(self.stores)
        entries = self.demo.simulation.inventory()
        known = {entry["index"]: ids[entry["address"]] for entry in entries}
        self._answers = Answers(self.demo.simulation, known)
        self._stream = Stream(self.assembly.settings, self.passwords())
        self.answers()

    def _books(self, span: Span) -> Books:
        """Read the sources: rows after the stream that they came through, and last the answers."""
        self._stream.read()
        rows = sources.rows(self.stores, span.since)
        answers = self.answers()
        return Books(answers, self._stream.said, self._stream.fences, rows, self.blows, self.dropped)

    def _count_dropped(self) -> dict[str, int]:
        return {name: int(seen.get("metrics_dropped") or 0) for name, seen in self.actors("poller").items()}

    def _unrest(self) -> str:
        """Tell what is not as it should be; empty where everything is."""
        crew = self.actors()
        wanted = self.ground.pollers * (1 + len(self.ground.nodes)) + self.ground.writers
        if len([name for name, seen in crew.items() if _works(name, seen)]) < wanted:
            return f"not all actors work: {crew}"
        lately = now() - RECENT * self.ground.interval
        heard = {answer.device for answer in self.answers(lately)}
        if silent := self.devices - heard:
            return f"{len(silent)} devices are not polled"
        if moving := sources.moving(self.stores):
            return f"{moving} partitions are moving"
        shares = {poller for poller, _ in sources.owners(self.stores).values()}
        if without := [name for name in crew if name.startswith("poller") and name not in shares]:
            return f"{', '.join(without)} own nothing yet"
        behind = report.published(self.assembly.settings) - report.stored(self.stores)
        return f"the store is {behind} events behind the stream" if behind > SETTLED else ""

    def _watch(self) -> None:
        """Look after everything, as ``flotilla up`` does, but for what is held down."""
        while not self._over.wait(LOOK_EVERY):
            if self._held.acquire(blocking=False):
                try:
                    self.assembly.watch()
                finally:
                    self._held.release()
            self.looks.append(Look(now(), self.actors(), dict(self._failing)))

    def _ask_health(self) -> None:
        while not self._over.wait(1.0):
            try:
                answer = httpx.get(f"{self.assembly.web.url}/api/readiness", timeout=10, trust_env=False).json()
                checks = [*answer.get("errors", []), *(c for c in answer.get("checks", []) if not c["ok"])]
                self._failing = {check["name"]: check.get("detail", "") for check in checks}
            except (httpx.HTTPError, ValueError) as error:
                self._failing = {"web": str(error)}


def _works(name: str, seen: Mapping[str, Any]) -> bool:
    if name.split("-")[0] not in ("poller", "writer"):
        return False
    return bool(seen.get("pid")) and seen.get("phase") == "running" and not seen.get("problem")
