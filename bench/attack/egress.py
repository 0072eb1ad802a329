"""Whether anybody can make us connect to ourselves: listeners count who came, while every place is offered to us."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from bench.attack.bodies import put
from bench.attack.document import Document, Operation
from bench.attack.filling import Filler
from bench.attack.wire import Ask, Reply

HERE = ("127.0.0.1", "127.0.1.1", "127.5.0.1", "::1")
"""Where the listeners are: of us, of this host, of loopback at large, and of IPv6."""

MEMBERS = frozenset(
    {"address", "addresses", "host", "hosts", "hostname", "url", "urls", "target", "targets", "endpoint", "callback",
     "network", "networks", "subnet", "subnets", "cidr", "range", "ranges", "server", "proxy", "webhook"}
)  # fmt: skip
"""Members and parameters that name a place to connect to."""

METADATA = ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "metadata.google.internal", "[fe80::1]")
NAMES = ("localhost", "localhost.", "LOCALHOST", "ip6-localhost", "localhost.localdomain")
FORMS = (
    *("127.1", "127.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "127.0.0.1.", "127.0.0.1%lo"),  # noqa: S104
    *("::ffff:127.0.0.1", "::127.0.0.1", "::ffff:7f00:1", "[::1]", "::", "0:0:0:0:0:0:0:1", "64:ff9b::7f00:1"),
    *("2002:7f00:1::", "127.0.0.1/32", "127.0.0.0/30", "::1/128", "0.0.0.0/0", "user@127.0.0.1", "127.0.0.1#x"),
)
"""Other ways to write the same."""


@dataclass(slots=True)
class Listeners:
    """Sockets that count who connects."""

    port: int
    came: list[str] = field(default_factory=list)

    def places(self) -> Iterator[str]:
        """Yield every place that must not be reached, bare and as an address of the web with our port."""
        yield from (*HERE, *METADATA, *NAMES, *FORMS, socket.gethostname())
        for host in ("127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "user@127.0.0.1", "0x7f.1"):
            yield f"http://{host}:{self.port}/"
            yield f"{host}:{self.port}"


@contextmanager
def listening() -> Iterator[Listeners]:
    """Listen on one port of every place of ours."""
    with ExitStack() as stack:
        first = stack.enter_context(_bound(HERE[0], 0))
        found = Listeners(first.getsockname()[1])
        sockets = [first]
        for place in HERE[1:]:
            with suppress(OSError):
                sockets.append(stack.enter_context(_bound(place, found.port)))
        for one in sockets:
            threading.Thread(target=_accept, args=(one, found.came), daemon=True).start()
        yield found


def attack(filler: Filler, listeners: Listeners) -> list[tuple[Ask, Reply]]:
    """Offer every place to every operation that takes one, on our port; tells what was answered."""
    sent = []
    for operation in filler.document.operations:
        for way in _ways(filler.document, operation):
            for place in listeners.places():
                ask = _with(filler, operation, way, place, listeners.port)
                sent.append((ask, filler.send(ask)))
    return sent


def _ways(document: Document, operation: Operation) -> Iterator[tuple[str, ...]]:
    """Yield the way to each member of the body that names a place; of the query it begins with ``?``."""
    if operation.body is not None:
        for way in document.texts(operation.body):
            if not MEMBERS.isdisjoint(way):
                yield way
    if not operation.safe:
        yield from (("?", name) for name in operation.names("query") if name in MEMBERS)


def _with(filler: Filler, operation: Operation, way: Sequence[str], place: str, port: int) -> Ask:
    ask = filler.ask(operation)
    if way[0] == "?":
        return replace(ask, query={**ask.query, way[1]: place})
    body: Any = put(ask.body, tuple(way), place)
    beside = (*way[:-1], "port") if way[-1] != "*" else (*way[:-2], "port")
    if "port" in _properties(filler.document, operation):
        body = _numbered(body, beside, port)
    return replace(ask, body=body)


def _properties(document: Document, operation: Operation) -> set[str]:
    return set(document.resolve(operation.body or {}).get("properties", {}))


def _numbered(body: Any, way: tuple[str, ...], port: int) -> Any:
    """Name the port beside the place."""
    return {**body, "port": port} if len(way) == 1 and isinstance(body, dict) else body


def _bound(place: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in place else socket.AF_INET)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((place, port))
    made.listen(64)
    return made


def _accept(listener: socket.socket, came: list[str]) -> None:
    with suppress(OSError):
        while True:
            line, peer = listener.accept()
            came.append(f"{peer} at {listener.getsockname()}")
            line.close()
