"""The control socket: a line in, a line out."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fleet.errors import BadInput, StartRefused
from routeros.simulator import control, ledger
from routeros.simulator.ledger import Book


def answer(request: dict[str, Any]) -> dict[str, Any]:
    if "echo" not in request:
        raise BadInput("There is no echo.", "Add one.")
    return {"echo": request["echo"]}


def talk(path: Path, data: bytes) -> list[dict[str, Any]]:
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(60)
        wire.connect(str(path))
        wire.sendall(data)
        wire.shutdown(socket.SHUT_WR)
        return [json.loads(line) for line in wire.makefile()]


def during(path: Path, act: Callable[[], object]) -> object:
    async def serve() -> object:
        async with control.served(path, answer):
            return await asyncio.to_thread(act)

    return asyncio.run(serve())


def test_each_line_is_answered_and_the_socket_is_the_owner_s(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"

    def act() -> None:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert talk(path, b'{"echo":1}\n{"echo":"\xc3\xbc"}\n') == [{"echo": 1}, {"echo": "ü"}]
        wrong = talk(path, b'nonsense\n[]\n{"a":1}\n')
        assert [list(line) for line in wrong] == [["error"]] * 3
        assert wrong[2]["error"] == "There is no echo. Add one."

    during(path, act)
    assert not path.exists()


def test_a_request_without_bottom_is_told_and_the_next_one_is_answered(tmp_path: Path) -> None:
    deep = b"[" * 60_000 + b"\n"
    wrong, right = during(tmp_path / "s", lambda: talk(tmp_path / "s", deep + b'{"echo":1}\n'))  # type: ignore[misc]
    assert "too deep" in wrong["error"]
    assert right == {"echo": 1}


def test_an_endless_line_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"

    def act() -> list[dict[str, Any]]:
        try:
            return talk(path, b"x" * 1_000_000)
        except ConnectionError:
            return []

    assert during(path, act) == []


def test_what_a_dead_simulator_left_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert during(path, lambda: talk(path, b'{"echo":2}\n')) == [{"echo": 2}]


def test_the_socket_of_a_living_one_and_other_files_are_left_alone(tmp_path: Path) -> None:
    path, other = tmp_path / "control.sock", tmp_path / "precious"
    other.write_text("kept")

    def act() -> None:
        with pytest.raises(StartRefused, match="belongs to a simulator that runs"):
            during(path, lambda: None)
        assert talk(path, b'{"echo":3}\n') == [{"echo": 3}]

    during(path, act)
    with pytest.raises(StartRefused, match="is no socket"):
        during(other, lambda: None)
    assert other.read_text() == "kept"


@pytest.mark.parametrize(
    ("name", "message"), [("x" * 120, "too long for a socket"), ("no/such/place", "No socket can be opened")]
)
def test_a_place_that_will_not_do_is_told(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(StartRefused, match=message):
        during(tmp_path / name, lambda: None)


def test_answers_are_numbered_from_the_first_question_on_and_read_page_by_page() -> None:
    book = Book()
    book.write(7)
    assert book.read(0) == {"answers": [], "last": 0}
    for device in range(ledger.PAGE + 2):
        book.write(device)
    first = book.read(0)
    second = book.read(int(str(first["last"])))
    assert first["last"] == ledger.PAGE
    assert second["last"] == ledger.PAGE + 2
    assert [device for device, _ in second["answers"]] == [ledger.PAGE, ledger.PAGE + 1]  # type: ignore[attr-defined]
    assert book.read(ledger.PAGE + 2) == {"answers": [], "last": ledger.PAGE + 2}
