"""No reply ever reaches another command, however replies are interleaved, late, or split."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from routeros.errors import TimedOut, TooManyRows
from routeros.exchange import Exchange, Limits, Reply
from routeros.exchanges import CANCEL_SECONDS, Exchanges
from routeros.words import TAG, Command, Parser, encode

STREAMS = 3
ROWS = 4


@dataclass
class Asked:
    """A command as its caller and the device know it."""

    exchange: Exchange
    replies: list[Reply] = field(default_factory=list)
    abandoned: bool = False


class Conversation(RuleBasedStateMachine):
    """A device that answers what it was asked in any order and number, while callers come, wait and leave."""

    def __init__(self) -> None:
        super().__init__()
        self.exchanges = Exchanges("device", STREAMS, Limits(rows=ROWS))
        self.asked: list[Asked] = []
        self.heard: dict[str, str] = {}
        self.cancelled: set[str] = set()
        self.ended: list[str] = []
        self.ears = Parser()
        self.now = 0.0

    @rule(count=st.integers(1, 5), seconds=st.integers(5, 20))
    def ask(self, count: int, seconds: int) -> None:
        fresh = []
        for _ in range(count):
            asked = Asked(Exchange(Command(f"/number/{len(self.asked)}"), float(seconds), lambda _: None))
            asked.exchange.settle = asked.replies.append
            self.asked.append(asked)
            fresh.append(asked.exchange)
        self.exchanges.submit(fresh, self.now)
        self.listen()

    @precondition(lambda self: self.heard)
    @rule(data=st.data(), rows=st.integers(0, 3))
    def answer(self, data: st.DataObject, rows: int) -> None:
        tag = data.draw(st.sampled_from(sorted(self.heard)))
        self.tell(*[encode("!re", f"=of={self.heard[tag]}", f".tag={tag}")] * rows)

    @precondition(lambda self: self.heard)
    @rule(data=st.data(), trap=st.booleans())
    def end(self, data: st.DataObject, trap: bool) -> None:
        tag = data.draw(st.sampled_from(sorted(self.heard)))
        trapped = [encode("!trap", f"=message={self.heard[tag]}", f".tag={tag}")] if trap else []
        self.tell(*trapped, encode("!done", f".tag={tag}"))
        self.heard.pop(tag)
        self.ended.append(tag)

    @precondition(lambda self: self.ended)
    @rule(data=st.data())
    def tell_late(self, data: st.DataObject) -> None:
        tag = data.draw(st.sampled_from(self.ended))
        strays = self.exchanges.strays
        self.tell(encode("!re", "=of=stale", f".tag={tag}"))
        assert self.exchanges.strays == strays + 1

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        asked = data.draw(st.sampled_from(self.asked))
        asked.abandoned = asked.abandoned or not asked.replies
        self.exchanges.abandon([asked.exchange], self.now)
        self.listen()

    @rule(seconds=st.floats(0.1, 1.9))
    def wait(self, seconds: float) -> None:
        """Time passes; the device ends what was cancelled just before it would be too late."""
        for tag in [t for t, menu in self.heard.items() if t in self.cancelled or menu == "/cancel"]:
            self.tell(encode("!done", f".tag={tag}"))
            self.heard.pop(tag)
            self.ended.append(tag)
        self.now += seconds
        self.exchanges.expire(self.now)
        self.listen()

    def listen(self) -> None:
        for menu, row in self.ears.feed(self.exchanges.output()):
            tag = row.pop(TAG)
            assert tag not in self.heard
            assert tag not in self.ended
            self.heard[tag] = menu
            if menu == "/cancel":
                self.cancelled.add(row["tag"])

    def tell(self, *sentences: bytes) -> None:
        data = b"".join(sentences)
        middle = len(data) // 2
        self.exchanges.receive(data[:middle], self.now)
        self.exchanges.receive(data[middle:], self.now)
        self.listen()

    @invariant()
    def every_reply_is_ones_own_and_comes_once(self) -> None:
        for asked in self.asked:
            assert len(asked.replies) <= 1
            for reply in asked.replies:
                if isinstance(reply, list):
                    assert all(row == {"of": asked.exchange.command.menu} for row in reply)
                    assert len(reply) <= ROWS
                else:
                    assert asked.exchange.command.menu in (reply.menu, reply.message)

    @invariant()
    def no_more_fly_than_the_device_bears(self) -> None:
        commands = [menu for tag, menu in self.heard.items() if menu != "/cancel"]
        assert len(commands) <= STREAMS

    def teardown(self) -> None:
        lost = self.exchanges.lose()
        waiting = [a.exchange for a in self.asked if not a.replies and not a.abandoned]
        assert sorted(map(id, lost)) == sorted(map(id, waiting))


Conversation.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_no_reply_reaches_another_command = Conversation.TestCase


def pair(streams: int = 2, rows: int = 10) -> tuple[Exchanges, list[Reply], Exchange]:
    """A conversation with one command under way."""
    replies: list[Reply] = []
    exchanges = Exchanges("device", streams, Limits(rows=rows))
    exchange = Exchange(Command("/a/print"), 10.0, replies.append)
    exchanges.submit([exchange], 0.0)
    return exchanges, replies, exchange


def menus(data: bytes) -> list[str]:
    return [menu for menu, _ in Parser().feed(data)]


def test_what_may_fly_goes_out_in_one_write_and_the_rest_follows() -> None:
    exchanges = Exchanges("device", 2, Limits())
    done: list[int] = []
    exchanges.submit(
        [Exchange(Command(f"/{n}"), 10.0, partial(lambda n, _: done.append(n), n)) for n in range(5)], 0.0
    )
    assert menus(exchanges.output()) == ["/0", "/1"]
    exchanges.receive(encode("!done", ".tag=2"), 1.0)
    assert menus(exchanges.output()) == ["/2"]
    exchanges.receive(encode("!done", ".tag=1") + encode("!done", ".tag=3"), 1.0)
    assert menus(exchanges.output()) == ["/3", "/4"]
    assert done == [1, 0, 2]


def test_the_time_of_a_command_counts_from_when_it_was_sent() -> None:
    exchanges, replies, _ = pair(streams=1)
    exchanges.submit([Exchange(Command("/b/print"), 10.0, replies.append)], 0.0)
    exchanges.receive(encode("!done", ".tag=1"), 9.0)
    exchanges.expire(18.9)
    assert exchanges.due == 19.0
    assert replies == [[]]


def test_an_overdue_command_is_cancelled_and_then_the_connection_is_given_up() -> None:
    exchanges, replies, _ = pair()
    exchanges.output()
    exchanges.expire(10.0)
    assert isinstance(replies[0], TimedOut)
    assert exchanges.output() == encode("/cancel", "=tag=1", ".tag=2")
    assert exchanges.due == 10.0 + CANCEL_SECONDS
    exchanges.receive(encode("!done", ".tag=2"), 10.5)
    with pytest.raises(TimedOut, match="/cancel"):
        exchanges.expire(10.0 + CANCEL_SECONDS)


def test_a_row_too_many_is_cancelled_and_the_rows_are_dropped() -> None:
    exchanges, replies, exchange = pair(rows=2)
    exchanges.output()
    exchanges.receive(encode("!re", "=a=b", ".tag=1") * 50, 1.0)
    assert [type(reply) for reply in replies] == [TooManyRows]
    assert exchange.rows == []
    assert menus(exchanges.output()) == ["/cancel"]


def test_traps_are_bounded_too() -> None:
    exchanges, _, exchange = pair()
    exchanges.receive(encode("!trap", "=message=x", ".tag=1") * 1000, 1.0)
    assert len(exchange.traps) <= 16
