"""Prepared answers are the answers that the router gives, in one write, with counters that grow."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routeros.simulator.doors.canned import COUNTING
from routeros.simulator.doors.wire import encode
from routeros.simulator.faults import Fault, Kind
from routeros.simulator.outcome import Row
from routeros.simulator.parts import mishaps
from routeros.simulator.parts.boot import Boot
from routeros.words import TAG
from tests.routeros.simulator.desk import Desk

CYCLE = (
    ("/system/identity/print",),
    ("/system/resource/print", "=.proplist=uptime,cpu-load,version"),
    ("/interface/print", "=.proplist=name,running,rx-byte,tx-byte,rx-packet,tx-packet", "?type=ether"),
    ("/interface/wireless/registration-table/print",),
    ("/ip/address/print", "?disabled=none"),
)


def ready(persona: str = "hap_ax2") -> Desk:
    desk = Desk(persona)
    desk.router.canned = True
    return desk


def cycle(number: int) -> bytes:
    return b"".join(encode([*words, f".tag={number}.{place}"]) for place, words in enumerate(CYCLE))


def still(sentences: list[tuple[str, Row]]) -> list[tuple[str, Row]]:
    """Leave out tags and what changes from one poll to the next."""
    moving = {*COUNTING, TAG, "uptime"}
    return [(word, {k: v for k, v in row.items() if k not in moving}) for word, row in sentences]


@pytest.mark.parametrize("persona", ["hap_ax2", "hap_ac_lite", "chr"])
def test_the_second_cycle_is_one_write_of_the_same_sentences(persona: str) -> None:
    desk = ready(persona)
    first = desk.send(cycle(1))
    before, commands = desk.paper.writes, desk.ledger.commands
    second = desk.send(cycle(2))
    assert desk.paper.writes == before + 1
    assert desk.ledger.commands == commands + len(CYCLE)
    assert desk.ledger.ok[0] == 2
    assert still(second) == still(first)
    assert [row[TAG] for _, row in second] == [row[TAG].replace("1.", "2.") for _, row in first]


def test_counters_grow_and_time_goes_on() -> None:
    desk = ready()
    desk.send(cycle(1))
    seen = []
    for number in range(2, 5):
        desk.clock.advance(timedelta(seconds=30))
        answer = desk.send(cycle(number))
        ether1 = next(row for _, row in answer if row.get("name") == "ether1")
        seen.append((int(ether1["rx-byte"]), next(row["uptime"] for _, row in answer if "uptime" in row)))
    assert seen == sorted(seen)
    assert len(set(seen)) == 3
    assert len({uptime for _, uptime in seen}) == 3


def test_a_command_without_a_tag_is_answered_without_one() -> None:
    desk = ready()
    for _ in range(2):
        assert desk.rows("/system/identity/print") == [{"name": desk.router.model.identity}]


def test_what_was_changed_is_told_at_once() -> None:
    desk = ready()
    for _ in range(2):
        desk.rows("/system/identity/print")
    desk.rows("/system/identity/set", "=name=another")
    assert desk.rows("/system/identity/print") == [{"name": "another"}]
    assert desk.rows("/system/identity/print") == [{"name": "another"}]


def test_a_restart_is_seen_in_what_was_prepared() -> None:
    desk = ready()
    for _ in range(2):
        desk.rows("/system/resource/print")
    desk.router.part(Boot).restart()
    desk.hands.turn(timedelta(seconds=90))
    again = Desk(router=desk.router)
    again.clock.at = desk.clock.at
    assert again.rows("/system/resource/print")[0]["uptime"] == "1m30s"


def test_faults_go_before_what_is_prepared() -> None:
    desk = ready()
    for _ in range(2):
        desk.rows("/system/identity/print")
    mishaps.strike(desk.router, Fault(Kind.TRAP, {"menu": "/system", "message": "interrupted", "category": 2.0}))
    assert desk.trap("/system/identity/print") == {"category": "2", "message": "interrupted"}
    mishaps.lift(desk.router, Kind.TRAP)
    assert desk.rows("/system/identity/print")


def test_bytes_may_come_in_any_pieces() -> None:
    desk = ready()
    whole = still(desk.send(cycle(1)))
    asked = cycle(2)
    for cut in (1, 17, len(asked) // 2, len(asked) - 1):
        assert still(desk.send(asked[:cut]) + desk.send(asked[cut:])) == whole
