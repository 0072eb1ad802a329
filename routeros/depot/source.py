"""Where files in the vendor's layout are read: a directory, or a server behind a URL."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import httpcore

from fleet.egress import Egress
from fleet.errors import BadSetting, Unavailable
from routeros.depot import layout

PIECE: Final = 256 * 1024
TIMES: Final = {"timeout": {"connect": 10.0, "read": 30.0, "write": 10.0, "pool": 10.0}}
"""Seconds for each step with a server; a whole file may take as long as something keeps coming."""

SHORT: Final = timedelta(seconds=10)
"""How long something small may take in all."""

HEADERS: Final = (("user-agent", "flotilla"), ("accept-encoding", "identity"))

STEP: Final = "Look at the setting firmware_url, or name another source."


class Source(Protocol):
    """What files are read from; a context manager. All methods raise Unavailable where it cannot be reached."""

    def size(self, path: str) -> int | None:
        """Tell how long a file is; None where it is not there."""
        ...

    def pieces(self, path: str, within: timedelta | None = None) -> Iterator[bytes] | None:
        """Yield a file piece by piece, all of it ``within`` a time; None where it is not there."""
        ...

    def __enter__(self) -> Source:
        """Begin to read."""
        ...

    def __exit__(self, *_: object) -> None:
        """Leave no connection open."""
        ...


def text(source: Source, path: str, most: int = 2**20) -> str | None:
    """Read a small text file; None where it is not there. Raises Unavailable, also where it is longer than that."""
    pieces = source.pieces(path, SHORT)
    if pieces is None:
        return None
    found = b""
    for piece in pieces:
        found += piece
        if len(found) > most:
            raise Unavailable(f"{path} has more than {most} bytes.", STEP)
    return found.decode("utf-8", "replace")


def opened(place: str, egress: Egress) -> Source:
    """Make the source that a setting or a person names; raises BadSetting for what is neither directory nor URL."""
    parts = urlsplit(place)
    if parts.scheme in ("http", "https") and parts.hostname and not parts.query and "@" not in parts.netloc:
        return Site(place, egress)
    if "://" not in place and place and Path(place).expanduser().is_dir():
        return Folder(Path(place).expanduser())
    raise BadSetting(f"{place!r} is neither a directory nor a URL.", "Give https://download.mikrotik.com or a path.")


class Folder:
    """A directory in the vendor's layout; links within it are not followed out of it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def size(self, path: str) -> int | None:
        found = self._find(path)
        return None if found is None else found.stat().st_size

    def pieces(self, path: str, within: timedelta | None = None) -> Iterator[bytes] | None:
        found = self._find(path)
        return None if found is None else _pieces(found)

    def _find(self, path: str) -> Path | None:
        found = (self._root / path).resolve()
        return found if found.is_relative_to(self._root) and found.is_file() else None

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


class Site:
    """A server in the vendor's layout. Every address that its name has is checked before it is connected to."""

    def __init__(self, url: str, egress: Egress) -> None:
        self._url = url.rstrip("/")
        self._patience = _Patience()
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            network_backend=_Guarded(egress, self._patience),
            max_connections=2,
            keepalive_expiry=30.0,
        )

    def size(self, path: str) -> int | None:
        with self._asked("HEAD", path, SHORT) as answer:
            if answer is None:
                return None
            told = _headers(answer).get("content-length", "")
            if not told.isdecimal():
                raise Unavailable(f"{self._url}/{path} does not say how long it is.", STEP)
            return int(told)

    def pieces(self, path: str, within: timedelta | None = None) -> Iterator[bytes] | None:
        with ExitStack() as undo:
            answer = undo.enter_context(self._asked("GET", path, within))
            return None if answer is None else _drained(undo.pop_all(), answer)

    @contextmanager
    def _asked(self, method: str, path: str, within: timedelta | None) -> Iterator[httpcore.Response | None]:
        """Ask for a file; None where it is not there. A redirection is not followed: it could lead anywhere."""
        url = f"{self._url}/{path}"
        if layout.served(path) is None:
            yield None
            return
        self._patience.begin(within)
        try:
            with self._pool.stream(method, url, headers=HEADERS, extensions=TIMES) as answer:
                if answer.status not in (200, 404):
                    told = _headers(answer).get("location", "")
                    raise Unavailable(f"{url} answers {answer.status}{f' and names {told}' if told else ''}.", STEP)
                yield answer if answer.status == 200 else None
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise Unavailable(f"{url} cannot be read: {error or type(error).__name__}.", STEP) from error

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()


def _drained(connection: ExitStack, answer: httpcore.Response) -> Iterator[bytes]:
    with connection:
        yield from answer.iter_stream()


def _headers(answer: httpcore.Response) -> Mapping[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}


class _Patience:
    """Until when a request may last as it reads; a server that trickles is within the time of each step for ever."""

    def __init__(self) -> None:
        self._until: float | None = None

    def begin(self, within: timedelta | None) -> None:
        self._until = None if within is None else time.monotonic() + within.total_seconds()

    def left(self, asked: float | None) -> float | None:
        """Tell how long a step may take; raises ReadTimeout where nothing is left."""
        if self._until is None:
            return asked
        rest = self._until - time.monotonic()
        if rest <= 0:
            raise httpcore.ReadTimeout("it took too long")
        return rest if asked is None else min(asked, rest)


class _Bounded(httpcore.NetworkStream):
    """A connection whose reading ends with the patience of its source."""

    def __init__(self, inner: httpcore.NetworkStream, patience: _Patience) -> None:
        self._inner = inner
        self._patience = patience

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._patience.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._inner.start_tls(ssl_context, server_hostname, self._patience.left(timeout))
        return _Bounded(secured, self._patience)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Guarded(httpcore.SyncBackend):
    """Connects to addresses that may be connected to, and to those alone: the name is looked up once."""

    def __init__(self, egress: Egress, patience: _Patience) -> None:
        self._egress = egress
        self._patience = patience

    def connect_tcp(self, host: str, port: int, *more: Any, **options: Any) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._addresses(host, port):
            try:
                return _Bounded(super().connect_tcp(address, port, *more, **options), self._patience)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} is no known name") from error
        addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
        for address in addresses:
            self._egress.check(address, port)
        return addresses
