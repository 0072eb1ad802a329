"""The download server answers as the vendor's does, also in part, and a source reads it within its bounds."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Event, Thread

import pytest

from fleet.egress import SIMULATED, Egress
from fleet.errors import EgressDenied, Unavailable
from fleet.firmware import MAIN
from fleet.versions import version
from routeros.depot import releases, source
from routeros.simulator.device.downloads import Downloads
from routeros.simulator.device.firmware import Channels
from routeros.simulator.doors.listeners import listen
from routeros.simulator.doors.web import answer, served
from tests.fixtures.depot import Shelf

PATH = "routeros/7.24.4/routeros-7.24.4-arm64.npk"


@pytest.fixture(scope="module")
def downloads() -> Downloads:
    return Downloads(Channels())


def asked(
    downloads: Downloads, method: str = "GET", path: str = PATH, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    head, _, body = answer(downloads, method, path, given).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body


def test_a_file_is_answered_whole_in_part_and_by_its_head(downloads: Downloads) -> None:
    status, facts, whole = asked(downloads)
    assert (status, int(facts["content-length"])) == (200, len(whole))
    assert whole == downloads.content(PATH)
    assert asked(downloads, "HEAD") == (200, facts, b"")
    status, part, middle = asked(downloads, range="bytes=4-7")
    assert (status, part["content-range"], middle) == (206, f"bytes 4-7/{len(whole)}", whole[4:8])
    assert asked(downloads, range="bytes=10-")[2] == whole[10:]
    assert asked(downloads, range="bytes=9999-")[0] == 416
    assert asked(downloads, if_none_match=facts["etag"])[0] == 304


def test_what_is_not_there_is_not_there(downloads: Downloads) -> None:
    assert asked(downloads, path="routeros/7.24.4/")[0] == 404
    assert asked(downloads, path="routeros/7.24.4/dude-7.24.4-sparc.npk")[0] == 404
    assert asked(downloads, "POST")[0] == 405


@contextmanager
def running(downloads: Downloads) -> Iterator[str]:
    """Serve on a thread; tells the URL."""
    loop, stopped, listener = asyncio.new_event_loop(), asyncio.Event(), listen(0)

    async def serve() -> None:
        async with served(downloads, listener):
            await stopped.wait()

    port = listener.getsockname()[1]
    thread = Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    yield f"http://127.64.0.1:{port}"
    loop.call_soon_threadsafe(stopped.set)
    thread.join()
    loop.close()


@contextmanager
def trickling() -> Iterator[str]:
    """Serve a byte every twentieth of a second, for as long as somebody reads."""
    ended = Event()

    def trickle() -> None:
        with suppress(OSError), listener.accept()[0] as line:
            line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n")
            while not ended.wait(0.05):
                line.sendall(b"7")

    with socket.create_server(("127.64.0.1", 0)) as listener:
        thread = Thread(target=trickle)
        thread.start()
        yield f"http://127.64.0.1:{listener.getsockname()[1]}"
        ended.set()
        thread.join()


def test_a_source_reads_it(downloads: Downloads) -> None:
    wanted = [(MAIN, "arm64"), ("wireless", "mipsbe"), ("wireless", "sparc")]
    shelf, of = Shelf(downloads), version("7.24.4")
    with running(downloads) as url, source.opened(f"{url}/", Egress((SIMULATED,))) as site:
        assert releases.pointers(site) == releases.pointers(shelf)
        assert releases.files(site, of, wanted) == releases.files(shelf, of, wanted)
        assert b"".join(site.pieces(PATH) or ()) == downloads.content(PATH)
        assert (site.size("routeros/7.1/CHANGELOG"), site.pieces("routeros/7.1/CHANGELOG")) == (None, None)


def test_a_server_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps within the time of each step; the file as a whole has a time, too."""
    monkeypatch.setattr(source, "SHORT", timedelta(milliseconds=200))
    with trickling() as url, source.opened(url, Egress((SIMULATED,))) as site, pytest.raises(Unavailable):
        releases.pointers(site)


def test_what_can_be_no_file_is_not_asked_for() -> None:
    with source.opened("http://127.64.0.1:1", Egress((SIMULATED,))) as site:
        assert site.size("routeros/7.24.4/a b.npk") is None
        assert site.pieces("routeros/7.24.4/a.npk?x=1") is None


def test_a_source_connects_only_where_it_may(downloads: Downloads) -> None:
    with (
        running(downloads) as url,
        source.opened(url, Egress()) as site,
        pytest.raises(EgressDenied, match="loopback"),
    ):
        releases.pointers(site)
    with source.opened("http://127.64.0.1:1", Egress((SIMULATED,))) as gone, pytest.raises(Unavailable):
        releases.pointers(gone)
