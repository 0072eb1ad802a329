"""However the sentences of many replies are mixed, repeated, delayed and cut, none reaches another command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeros.errors import Category, Fatal, ProtocolError, RouterOSError, Trap
from routeros.exchange import Exchange, Flow, Limits, Reply
from routeros.exchanges import MOST_STRAYS, Exchanges
from routeros.words import TAG, Bounds, Command, Parser, Row, encode

MOST = 6


@dataclass
class Caller:
    """Someone who asked: by a command that is answered at once, or by one whose rows come by and by."""

    number: int
    flows: bool = False
    rows: list[Row] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)

    def exchange(self, seconds: float = 10.0) -> Exchange:
        command = Command(f"/number/{self.number}")
        if self.flows:
            return Flow(command, seconds, self.replies.append, take=self.take)
        return Exchange(command, seconds, self.replies.append)

    def take(self, row: Row) -> bool:
        self.rows.append(row)
        return True

    def told(self) -> list[Row]:
        """All rows that ever reached this caller, a trap's words among them."""
        found = list(self.rows)
        for reply in self.replies:
            if isinstance(reply, list):
                found += reply
            elif isinstance(reply, Trap):
                found += [{"of": of} for of in reply.message.split("; ")]
        return found


def begin(callers: Sequence[Caller], streams: int = 2 * MOST) -> Exchanges:
    """Ask for everything at once."""
    exchanges = Exchanges("device", streams, Limits())
    for caller in callers:
        if isinstance(exchange := caller.exchange(), Flow):
            exchanges.follow(exchange, 0.0)
        else:
            exchanges.submit([exchange], 0.0)
    return exchanges


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """Cut data at these places, wherever they fall."""
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:stop] for start, stop in pairwise(places)]


ROW, EMPTY, TRAP = "!re", "!empty", "!trap"


def sentence(kind: str, number: int, count: int) -> bytes:
    match kind:
        case "!re":
            return encode(kind, f"=of={number}", f"=n={count}", f".tag={number}")
        case "!trap":
            return encode(kind, f"=message={number}", f".tag={number}")
    return encode(kind, f".tag={number}")


REPLIES = st.lists(st.lists(st.sampled_from([ROW, ROW, EMPTY, TRAP]), max_size=5), min_size=1, max_size=MOST)


@settings(max_examples=150)
@given(REPLIES, st.lists(st.booleans(), min_size=MOST, max_size=MOST), st.data())
def test_interleaved_replies_come_whole_to_whom_they_belong(
    replies: list[list[str]], flows: list[bool], data: st.DataObject
) -> None:
    callers = [Caller(number, flows[number - 1]) for number in range(1, len(replies) + 1)]
    exchanges = begin(callers)
    queues = [[*kinds, "!done"] for kinds in replies]
    stream = b""
    turns = data.draw(st.permutations([place for place, queue in enumerate(queues) for _ in queue]))
    for place in turns:
        stream += sentence(queues[place].pop(0), place + 1, len(queues[place]))
    for piece in pieces(stream, data.draw(st.lists(st.integers(0, 4000), max_size=8))):
        exchanges.receive(piece, 1.0)
    for caller, kinds in zip(callers, replies, strict=True):
        (reply,) = caller.replies
        rows = [
            {"of": str(caller.number), "n": str(len(kinds) - place)}
            for place, kind in enumerate(kinds)
            if kind == ROW
        ]
        if traps := kinds.count(TRAP):
            assert isinstance(reply, Trap)
            assert reply.message == "; ".join([str(caller.number)] * traps)
            assert caller.rows == (rows if caller.flows else [])
        else:
            assert (caller.rows if caller.flows else reply) == rows
    assert exchanges.strays == 0


SENTENCES = st.tuples(st.sampled_from([ROW, ROW, EMPTY, TRAP, "!done"]), st.integers(1, MOST))


@settings(max_examples=200)
@given(
    st.lists(SENTENCES, max_size=40),
    st.lists(st.booleans(), min_size=MOST, max_size=MOST),
    st.lists(st.integers(0, 4000), max_size=12),
    st.lists(st.floats(0.0, 4.0), max_size=12),
)
def test_no_order_and_no_delay_brings_a_reply_to_another(
    sentences: list[tuple[str, int]], flows: list[bool], cuts: list[int], delays: list[float]
) -> None:
    callers = [Caller(number, flows[number - 1]) for number in range(1, MOST + 1)]
    exchanges = begin(callers)
    data, now = b"".join(sentence(kind, number, 0) for kind, number in sentences), 0.0
    for piece, delay in zip(pieces(data, cuts), [*delays, *[0.5] * len(cuts)], strict=False):
        now += delay
        try:
            exchanges.expire(now)
            exchanges.receive(piece, now)
        except RouterOSError:
            for exchange in exchanges.lose():
                exchange.settle(ProtocolError("lost"))
            break
    for caller in callers:
        assert len(caller.replies) <= 1
        assert all(row["of"] == str(caller.number) for row in caller.told())


@pytest.mark.parametrize("category", [None, *Category])
@pytest.mark.parametrize("order", [1, -1])
def test_a_trap_of_every_category_is_that_commands_alone(category: Category | None, order: int) -> None:
    callers = [Caller(1), Caller(2)]
    exchanges = begin(callers)
    words = [] if category is None else [f"=category={category.value}"]
    answers = [
        encode("!trap", *words, "=message=no", ".tag=1") + encode("!done", ".tag=1"),
        encode("!re", "=of=2", ".tag=2") + encode("!done", ".tag=2"),
    ]
    exchanges.receive(b"".join(answers[::order]), 0.0)
    (trap,) = callers[0].replies
    assert isinstance(trap, Trap)
    assert (trap.category, trap.message) == (category, "no")
    assert callers[1].replies == [[{"of": "2"}]]


@pytest.mark.parametrize("tagged", [[], [".tag=1"]])
def test_a_fatal_ends_everything_wherever_it_stands(tagged: list[str]) -> None:
    callers = [Caller(1), Caller(2), Caller(3, flows=True)]
    exchanges = begin(callers)
    with pytest.raises(Fatal, match="session terminated on request"):
        exchanges.receive(encode("!done", ".tag=2") + encode("!fatal", "session terminated on request", *tagged), 0.0)
    assert callers[1].replies == [[]]
    assert sorted(e.command.menu for e in exchanges.lose()) == ["/number/1", "/number/3"]


@pytest.mark.parametrize("late", ["re", "done"])
def test_a_late_reply_reaches_nobody_and_slows_the_device_down(late: str) -> None:
    callers = [Caller(1), Caller(2)]
    exchanges = begin(callers, streams=2)
    exchanges.expire(10.0)
    row = encode("!re", "=of=1", ".tag=1") if late == "re" else b""
    exchanges.receive(row + encode("!done", ".tag=1") + encode("!done", ".tag=3"), 10.5)
    assert exchanges.streams == 1
    assert all(isinstance(caller.replies[0], RouterOSError) for caller in callers)


def test_an_interrupted_reply_is_not_late() -> None:
    exchanges = begin([Caller(1)], streams=2)
    exchanges.expire(10.0)
    exchanges.receive(
        encode("!trap", "=category=2", "=message=interrupted", ".tag=1")
        + encode("!done", ".tag=2")
        + encode("!done", ".tag=1"),
        10.5,
    )
    assert (exchanges.streams, exchanges.strays, exchanges.due) == (2, 0, None)


def test_a_monitor_that_was_too_quiet_has_not_answered_late() -> None:
    exchanges = Exchanges("device", 8, Limits())
    exchanges.follow(Flow(Command("/a/monitor"), 1.0, lambda _: None), 0.0)
    exchanges.expire(1.0)
    exchanges.receive(encode("!re", "=a=b", ".tag=1") + encode("!done", ".tag=2") + encode("!done", ".tag=1"), 1.1)
    assert (exchanges.streams, exchanges.due) == (8, None)


def test_a_device_that_is_slowed_down_gets_one_command_at_a_time() -> None:
    exchanges = begin([Caller(1)], streams=4)
    exchanges.receive(encode("!done", ".tag=1") * 2, 0.0)
    exchanges.output()
    exchanges.submit([Caller(number).exchange() for number in (2, 3, 4)], 0.0)
    for number in (2, 3, 4):
        ((menu, row),) = Parser().feed(exchanges.output())
        assert (menu, row[TAG]) == (f"/number/{number}", str(number))
        exchanges.receive(encode("!done", f".tag={number}"), 0.0)
    assert exchanges.output() == b""


def test_replies_without_a_command_are_borne_up_to_a_bound() -> None:
    exchanges = begin([Caller(1)])
    exchanges.receive(encode("!done", ".tag=1"), 0.0)
    exchanges.receive(encode("!re", "=a=b", ".tag=1") * MOST_STRAYS, 0.0)
    with pytest.raises(ProtocolError, match="1001 replies"):
        exchanges.receive(encode("!re", "=a=b", ".tag=1"), 0.0)


def bounded(limit: int) -> Exchanges:
    return Exchanges("device", 8, Limits(bytes=limit, bounds=Bounds(word=limit)))


def test_bytes_are_counted_from_the_oldest_command_that_is_under_way() -> None:
    exchanges, row = bounded(10_000), "=text=" + "x" * 900
    for tag in range(1, 100):
        exchanges.submit([Caller(tag).exchange()], 0.0)
        if tag > 1:
            exchanges.receive(encode("!re", row, f".tag={tag - 1}") + encode("!done", f".tag={tag - 1}"), 0.0)
    with pytest.raises(ProtocolError, match="10000 bytes"):
        exchanges.receive(encode("!re", row, ".tag=99") * 12, 0.0)


def test_a_stream_may_last_for_any_number_of_bytes() -> None:
    exchanges, caller = bounded(10_000), Caller(1, flows=True)
    exchanges.follow(caller.exchange(), 0.0)  # type: ignore[arg-type]
    for _ in range(100):
        exchanges.receive(encode("!re", "=of=1", "=text=" + "x" * 900, ".tag=1"), 0.0)
    assert len(caller.rows) == 100


def test_a_stream_that_may_be_silent_has_no_time_and_another_has_a_new_one_with_each_row() -> None:
    quiet, brisk = (
        Flow(Command(f"/{name}"), seconds, lambda _: None) for name, seconds in (("a", float("inf")), ("b", 5.0))
    )
    exchanges = Exchanges("device", 8, Limits())
    exchanges.follow(quiet, 0.0)
    assert exchanges.due is None
    exchanges.follow(brisk, 0.0)
    assert exchanges.due == 5.0
    exchanges.receive(encode("!re", "=a=b", ".tag=2"), 4.0)
    assert exchanges.due == 9.0
