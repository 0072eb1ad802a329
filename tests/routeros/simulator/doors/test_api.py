"""A session of the API, sentence by sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from fleet.versions import version
from routeros.errors import ProtocolError
from routeros.simulator.device.model import Firmware, Model
from routeros.simulator.doors.wire import encode
from routeros.simulator.faults import GARBAGE, Fault, Kind
from routeros.simulator.parts import mishaps
from routeros.simulator.parts.boot import Boot
from routeros.simulator.router import Router
from routeros.words import TAG, TEXT
from tests.routeros.simulator.desk import PASSWORD, Desk, response, spoken

POLL = "/system/resource/print"


def test_a_command_before_the_login_ends_the_session() -> None:
    desk = Desk(login=False)
    assert desk.ask(POLL) == [("!fatal", {TEXT: "not logged in"})] or desk.paper.said[-1][0] == "!fatal"
    assert desk.paper.said[-1][1][TEXT] == "not logged in"
    assert desk.paper.end == "closed"


def test_a_wrong_password_is_refused_four_times_and_then_the_session_ends() -> None:
    desk = Desk(login=False)
    for _ in range(4):
        trap = desk.trap("/login", "=name=admin", "=password=wrong")
        assert trap["message"] == "invalid user name or password (6)"
    ((word, row),) = desk.ask("/login", "=name=admin", f"=password={PASSWORD}x")
    assert (word, row[TEXT]) == ("!fatal", "too many commands before login")
    assert desk.paper.end == "closed"
    assert desk.ledger.stats()["polls_failed"] == 5


def test_a_login_may_follow_a_refusal() -> None:
    desk = Desk(login=False)
    desk.trap("/login", "=name=nobody", f"=password={PASSWORD}")
    assert desk.rows("/login", "=name=admin", f"=password={PASSWORD}") == []
    assert desk.rows(POLL)


def test_before_6_43_a_login_answers_a_challenge() -> None:
    desk = Desk("rb951", login=False)
    ((word, row),) = desk.ask("/login")
    assert word == "!done"
    wrong = desk.trap("/login", "=name=admin", f"=response={response(row['ret'], 'wrong')}")
    assert wrong["message"] == "cannot log in"
    ((_, row),) = desk.ask("/login")
    assert desk.ask("/login", "=name=admin", f"=response={response(row['ret'], PASSWORD)}")[0][0] == "!done"
    assert desk.rows("/system/identity/print")


def test_before_6_43_a_password_is_not_looked_at_and_lets_nobody_in() -> None:
    desk = Desk("rb951", login=False)
    ((word, row),) = desk.ask("/login", "=name=admin", f"=password={PASSWORD}")
    assert word == "!done"
    assert len(row["ret"]) == 32
    assert desk.ask(POLL)[0][0] == "!fatal"


def test_from_6_43_to_6_45_both_logins_are_there() -> None:
    desk = Desk("rb951", login=False)
    desk.router.restart(desk.router.now(), Firmware(version("6.44.6")))
    ((word, row),) = desk.ask("/login")
    assert word == "!done"
    assert desk.ask("/login", "=name=admin", f"=response={response(row['ret'], PASSWORD)}") == [("!done", {})]
    other = Desk(router=desk.router, login=False)
    assert other.ask("/login", "=name=admin", f"=password={PASSWORD}") == [("!done", {})]
    desk.router.restart(desk.router.now(), Firmware(version("6.45")))
    late = Desk(router=desk.router, login=False)
    (word, refused), _ = late.ask("/login")
    assert (word, refused["message"]) == ("!trap", "invalid user name or password (6)")


def test_a_challenge_is_good_for_one_answer() -> None:
    desk = Desk("rb951", login=False)
    ((_, row),) = desk.ask("/login")
    answer = f"=response={response(row['ret'], PASSWORD)}"
    assert desk.trap("/login", "=name=nobody", answer)
    assert desk.trap("/login", "=name=admin", answer)["message"] == "cannot log in"


def test_before_the_login_words_are_short_and_few() -> None:
    long = Desk(login=False)
    long.send(encode(["/login", "=name=" + "x" * 2000]))
    many = Desk(login=False)
    many.send(encode(["/login", *["=a=b"] * 40])[:-1])
    assert (long.paper.end, many.paper.end) == ("aborted", "aborted")


def test_quit_says_goodbye() -> None:
    desk = Desk()
    ((word, row),) = desk.ask("/quit")
    assert (word, row[TEXT]) == ("!fatal", "session terminated on request")
    assert desk.paper.end == "closed"
    assert desk.ask(POLL) == []


def test_every_sentence_of_a_reply_carries_the_tag() -> None:
    desk = Desk()
    answers = desk.ask("/interface/print", "=.proplist=name", ".tag=a=1")
    assert {tag for _, tag in spoken(answers)} == {"a=1"}
    assert desk.ask("/no/such", ".tag=7")[0][1][TAG] == "7"


def test_commands_in_one_packet_are_answered_in_order_and_in_one_write() -> None:
    desk = Desk()
    before = desk.paper.writes
    desk.send(b"".join(encode(["/system/identity/print", f".tag={n}"]) for n in range(5)))
    assert desk.paper.writes == before + 1
    assert [tag for word, tag in spoken(desk.paper.said) if word == "!done" and tag] == list("01234")


def test_bytes_may_come_one_by_one() -> None:
    desk = Desk()
    data = encode(["/system/identity/print"]) + encode(["/system/clock/print", "=.proplist=date"])
    words = [word for byte in data for word, _ in desk.send(bytes((byte,)))]
    assert words == ["!re", "!done", "!re", "!done"]


@pytest.mark.parametrize("data", [b"\xf8", b"\xf0\x00\x00\x00\x01a", b"\xe0\x10\x00\x00", b"\xff" * 9])
def test_what_cannot_be_read_ends_the_session(data: bytes) -> None:
    desk = Desk()
    desk.send(data)
    assert desk.paper.end == "aborted"
    assert desk.ask(POLL) == []


@pytest.mark.parametrize(("persona", "words"), [("chr", ["!empty", "!done"]), ("hap_ac_lite", ["!done"])])
def test_no_rows_are_worth_a_word_from_7_18(persona: str, words: list[str]) -> None:
    index = next(n for n in range(50) if Model(1, n, (persona,)).version.minor not in (12, 16))
    desk = Desk()
    desk = Desk(router=Router(Model(1, index, (persona,)), desk.clock, PASSWORD, "admin"))
    assert [word for word, _ in desk.ask("/interface/print", "?type=gre")] == words
    assert [word for word, _ in desk.ask("/interface/print", "?type=gre", "=count-only=")] == ["!done"]


def test_a_row_may_be_bare() -> None:
    answers = Desk().ask("/ip/service/print", "=.proplist=comment")
    assert [word for word, _ in answers] == ["!re"] * 8 + ["!done"]
    assert all(row == {} for _, row in answers)


def test_a_poll_counts_once_and_only_when_it_was_answered() -> None:
    desk = Desk()
    desk.ask(POLL, "=.proplist=uptime", ".tag=1")
    desk.ask(POLL, "=bogus=1", ".tag=2")
    desk.ask("/system/identity/print")
    stats = desk.ledger.stats()
    assert (stats["polls_ok"], stats["polls_failed"], stats["commands"]) == (1, 1, 3)


def test_a_session_that_flaps_ends_with_every_second_poll() -> None:
    desk = Desk()
    desk.ask(POLL)
    mishaps.strike(desk.router, Fault(Kind.FLAP, {"every": 2}))
    desk.ask("/system/identity/print")
    desk.ask(POLL)
    assert not desk.paper.end
    desk.ask(POLL)
    assert desk.paper.end == "aborted"
    assert desk.ledger.device(0) == {"polls_ok": 2, "polls_failed": 1}


def test_nonsense_is_told_and_counted() -> None:
    desk = Desk()
    mishaps.strike(desk.router, Fault(Kind.GARBAGE))
    before = len(desk.paper.raw)
    with pytest.raises(ProtocolError):
        desk.ask(POLL)
    assert desk.paper.raw[before:] == GARBAGE
    assert desk.ledger.device(0) == {"polls_ok": 0, "polls_failed": 1}


def test_a_session_that_is_lost_leaves_nothing_behind() -> None:
    async def lose() -> Desk:
        desk = Desk()
        mishaps.strike(desk.router, Fault(Kind.SLOW, {"seconds": 60}))
        desk.ask(POLL)
        desk.session.lost()
        return desk

    desk = asyncio.run(lose())
    assert desk.ledger.stats()["polls_failed"] == 1
    assert desk.ledger.stats()["sessions"] == 0
    assert not desk.router.guests
    assert not desk.router.active


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not met():
            await asyncio.sleep(0)


def test_a_late_reply_comes_when_it_is_due() -> None:
    async def wait() -> Desk:
        desk = Desk()
        mishaps.strike(desk.router, Fault(Kind.SLOW, {"seconds": 0.01}))
        assert desk.ask(POLL, ".tag=1") == []
        await until(lambda: desk.ledger.stats()["polls_ok"] == 1)
        return desk

    assert spoken(asyncio.run(wait()).paper.said)[-1] == ("!done", "1")


def test_a_cancelled_command_is_interrupted_in_the_order_of_a_router() -> None:
    async def cancel() -> Desk:
        desk = Desk()
        mishaps.strike(desk.router, Fault(Kind.SLOW, {"seconds": 60}))
        desk.ask(POLL, ".tag=2")
        desk.ask("/system/identity/print", ".tag=3")
        answers = desk.ask("/cancel", "=tag=2", ".tag=7")
        assert spoken(answers) == [("!trap", "2"), ("!done", "7"), ("!done", "2")]
        assert (answers[0][1]["category"], answers[0][1]["message"]) == ("2", "interrupted")
        assert spoken(desk.ask("/cancel", ".tag=8")) == [("!trap", "3"), ("!done", "8"), ("!done", "3")]
        assert spoken(desk.ask("/cancel", "=tag=9", ".tag=9")) == [("!done", "9")]
        return desk

    assert asyncio.run(cancel()).ledger.stats()["polls_failed"] == 1


def test_listen_tells_what_changes_until_it_is_cancelled() -> None:
    desk = Desk()
    desk.ask("/interface/listen", ".tag=1")
    desk.ask("/ip/address/listen", ".tag=2")
    answers = desk.ask("/interface/disable", "=numbers=ether2", ".tag=3")
    assert spoken(answers) == [("!re", "1"), ("!done", "3")]
    assert (answers[0][1]["name"], answers[0][1]["disabled"]) == ("ether2", "true")
    ((_, added),) = [(w, r) for w, r in desk.ask("/ip/address/add", "=address=192.0.2.1/24", "=interface=bridge")][1:]
    removed = desk.ask("/ip/address/remove", f"=.id={added['ret']}")
    assert removed[0][1] == {TAG: "2", ".id": added["ret"], ".dead": "true"} or removed[0][1][".dead"] == "true"
    desk.ask("/cancel")
    assert spoken(desk.ask("/interface/enable", "=numbers=ether2")) == [("!done", None)]


def test_a_monitor_tells_sections_and_ends_after_its_duration() -> None:
    async def watch() -> Desk:
        desk = Desk()
        desk.ask("/interface/monitor-traffic", "=interface=ether1", "=interval=200ms", "=duration=600ms", ".tag=1")
        await until(lambda: spoken(desk.paper.said)[-1] == ("!done", "1"))
        return desk

    rows = [row for word, row in asyncio.run(watch()).paper.said if word == "!re"]
    assert [row[".section"] for row in rows] == ["0", "1", "2"]
    assert all(row["name"] == "ether1" for row in rows)


def test_a_monitor_asked_once_has_no_section() -> None:
    (row,) = Desk().rows("/interface/monitor-traffic", "=interface=ether1", "=once=")
    assert ".section" not in row
    assert int(row["rx-bits-per-second"]) > 0


def test_bytes_that_are_no_utf_8_survive_the_round_trip() -> None:
    desk = Desk()
    name = "caf\udce9 =x"
    desk.ask("/system/identity/set", f"=name={name}")
    before = len(desk.paper.raw)
    desk.ask("/system/identity/print")
    assert b"=name=caf\xe9 =x" in desk.paper.raw[before:]


def test_a_reboot_cuts_the_session_without_a_word() -> None:
    desk = Desk()
    before = len(desk.paper.raw)
    desk.router.part(Boot).restart()
    assert desk.paper.end == "aborted"
    assert len(desk.paper.raw) == before
