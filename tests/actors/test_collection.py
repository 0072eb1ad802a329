"""What a device is asked when: seldom, what follows from its answers, what rests, and whose fault a bad answer is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from actors.collection import Answered, Collection
from fleet.families import Cycle, Family, Field, Sample
from routeros.client import Reply
from routeros.collector import Collector, Reading, Replies
from routeros.errors import TimedOut, TooManyRows
from routeros.words import Command, Row
from tests.actors.doubles import ABSENT, trap

NAMES = Command("/port/print", ("name",))
COUNT = Command("/route/print", attributes={"count-only": ""})
PEERS = Command("/peer/print", ("name",))
BASIC = Command("/basic/print", ("name",))
START = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

family = Family("any", "Any", (Field("replies"),), ("said",))


def read(replies: Replies) -> Reading:
    """Tell what was given to read."""
    return Reading(tuple(Sample({"replies": n}, (str(reply),)) for n, reply in enumerate(replies)))


def monitor(name: str) -> Command:
    return Command("/port/monitor", attributes={"numbers": name, "once": ""})


def then(replies: Replies) -> Iterable[Command]:
    return (monitor(row["name"]) for row in replies[0] or ())


basic = Collector("basic", Cycle.FAST, (BASIC,), family, read)
ports = Collector("ports", Cycle.SLOW, (NAMES,), family, read, then=then)
watched = Collector("watched", Cycle.FAST, (NAMES,), family, read, then=then)
peers = Collector("peers", Cycle.FAST, (PEERS,), family, read, seldom=(COUNT,), idle=lambda r: not r[0])


class Polls:
    """Polls a table of answers minute by minute, with both rounds of each poll."""

    def __init__(self, *collectors: Collector) -> None:
        self.collection = Collection(collectors, timedelta(minutes=15), lambda: 0.0)
        self.answers: dict[Command, Reply] = {}
        self.rounds: list[list[Command]] = []
        self.at = START

    def poll(self) -> Answered:
        asked = self.collection.ask(self.at)
        replies = self._say(asked.commands)
        self.rounds = [list(asked.commands)]
        if further := self.collection.further(asked, replies):
            self.rounds.append(list(further))
            asked, replies = asked.along(further), replies + self._say(further)
        answered = self.collection.take(asked, replies, self.at)
        self.at += MINUTE
        return answered

    def _say(self, commands: Sequence[Command]) -> list[Reply]:
        return [self.answers.get(command, []) for command in commands]


def said(answered: Answered, name: str) -> list[str]:
    return [sample.labels[0] for sample in answered.readings[name].samples]


def rows(*names: str) -> list[Row]:
    return [{"name": name} for name in names]


def test_what_follows_is_asked_in_the_same_poll_and_along_from_then_on() -> None:
    polls = Polls(watched)
    polls.answers = {NAMES: rows("a", "b"), monitor("a"): [{"w": "1"}], monitor("b"): [{"w": "2"}]}
    assert said(polls.poll(), "watched") == [str(rows("a", "b")), "[{'w': '1'}]", "[{'w': '2'}]"]
    assert polls.rounds == [[NAMES], [monitor("a"), monitor("b")]]
    assert said(polls.poll(), "watched")[1:] == ["[{'w': '1'}]", "[{'w': '2'}]"]
    assert polls.rounds == [[NAMES, monitor("a"), monitor("b")]]


def test_a_name_that_is_gone_costs_nothing_and_a_new_one_a_round() -> None:
    polls = Polls(watched)
    polls.answers = {NAMES: rows("a")}
    polls.poll()
    polls.answers = {NAMES: rows("b"), monitor("a"): trap("no such item"), monitor("b"): [{"w": "2"}]}
    assert said(polls.poll(), "watched") == [str(rows("b")), "[{'w': '2'}]"]
    assert polls.rounds == [[NAMES, monitor("a")], [monitor("b")]]
    assert polls.collection.fault is None
    polls.poll()
    assert polls.rounds == [[NAMES, monitor("b")]]


def test_a_slow_collector_asks_both_rounds_when_its_time_has_come() -> None:
    polls = Polls(basic, ports)
    polls.answers = {NAMES: rows("a")}
    polls.poll()
    assert polls.rounds == [[BASIC, NAMES], [monitor("a")]]
    polls.poll()
    assert polls.rounds == [[BASIC]]
    polls.at = START + 15 * MINUTE
    polls.poll()
    assert polls.rounds == [[BASIC, NAMES, monitor("a")]]


def test_a_monitor_that_fails_twice_is_the_fault_of_its_collector_alone() -> None:
    polls = Polls(basic, watched)
    polls.answers = {NAMES: rows("a", "b"), monitor("a"): TimedOut("late"), monitor("b"): [{"w": "2"}]}
    assert said(polls.poll(), "watched") == [str(rows("a", "b")), "None", "[{'w': '2'}]"]
    assert polls.collection.fault is None
    assert said(polls.poll(), "basic") == ["[]"]
    assert isinstance(polls.collection.fault, TimedOut)
    polls.answers[monitor("a")] = []
    polls.poll()
    assert polls.collection.fault is None


def test_what_is_asked_seldom_is_there_with_the_slow_ones() -> None:
    polls = Polls(basic, peers)
    polls.answers = {PEERS: rows("p"), COUNT: [{"ret": "7"}]}
    assert said(polls.poll(), "peers") == [str(rows("p")), "[{'ret': '7'}]"]
    assert said(polls.poll(), "peers") == [str(rows("p")), "None"]
    assert polls.rounds == [[BASIC, PEERS]]


def test_what_fails_seldom_leaves_the_rest_and_is_told_when_it_failed_twice() -> None:
    polls = Polls(basic, peers)
    polls.answers = {PEERS: rows("p"), COUNT: TooManyRows("too many")}
    for _ in range(3):
        assert said(polls.poll(), "peers") == [str(rows("p")), "None"]
    assert polls.collection.fault is None
    polls.at = START + 15 * MINUTE
    polls.poll()
    assert isinstance(polls.collection.fault, TooManyRows)
    polls.poll()
    assert isinstance(polls.collection.fault, TooManyRows)
    polls.answers[COUNT] = ABSENT
    polls.at = START + 30 * MINUTE
    polls.poll()
    assert polls.collection.fault is None


def test_what_has_nothing_to_watch_rests_until_it_has() -> None:
    polls = Polls(basic, peers)
    polls.answers = {PEERS: [], COUNT: [{"ret": "7"}]}
    assert said(polls.poll(), "peers") == ["[]", "[{'ret': '7'}]"]
    assert "peers" not in polls.poll().readings
    assert polls.rounds == [[BASIC]]
    polls.at = START + 15 * MINUTE
    polls.answers[PEERS] = rows("p")
    polls.poll()
    polls.answers[PEERS] = []
    for _ in range(20):
        assert "peers" in polls.poll().readings, "what it has lost is worth a look"


def test_bounds_are_those_of_the_collector_unless_a_command_has_its_own() -> None:
    own = Command("/own/print", rows=7, seconds=2.0)
    collector = Collector(
        "c", Cycle.FAST, (own, BASIC), family, read, seldom=(COUNT,), then=then, rows=9, seconds=3.0
    )
    bounds: Mapping[str, tuple[int, float]] = {c.menu: (c.rows, c.seconds) for c in collector.commands}
    assert bounds == {"/own/print": (7, 2.0), "/basic/print": (9, 3.0)}
    assert (collector.seldom[0].rows, collector.further([rows("a"), []])[0].rows) == (9, 9)
    assert collector.commands[1] == BASIC, "bounds make no other command"


def test_a_collector_that_is_switched_off_is_not_asked_until_it_is_on_again() -> None:
    polls = Polls(basic, ports, watched)
    polls.answers = {NAMES: rows("a")}
    polls.collection.switch(frozenset({"ports", "watched"}))
    polls.poll()
    assert polls.rounds == [[BASIC]]
    polls.collection.switch(frozenset({"watched"}))
    assert "ports" in polls.poll().readings, "slow as it is, it is asked at once"
    polls.collection.switch(frozenset({"watched"}))
    polls.poll()
    assert polls.rounds == [[BASIC]]
    polls.collection.switch(frozenset())
    assert said(polls.poll(), "watched")[0] == str(rows("a"))


def test_what_another_collector_asks_too_is_still_asked() -> None:
    polls = Polls(watched, ports)
    polls.answers = {NAMES: rows("a")}
    polls.collection.switch(frozenset({"ports"}))
    assert "ports" not in polls.poll().readings
    assert polls.rounds[0] == [NAMES]


def test_what_was_wrong_with_a_collector_is_forgotten_when_it_is_switched_off() -> None:
    polls = Polls(basic, watched, peers)
    polls.answers = {NAMES: TimedOut("late"), PEERS: rows("p"), COUNT: TooManyRows("too many")}
    for _ in range(2):
        polls.at = START + 15 * MINUTE if polls.at > START else START
        polls.poll()
    assert isinstance(polls.collection.fault, TimedOut)
    polls.collection.switch(frozenset({"watched"}))
    assert isinstance(polls.collection.fault, TooManyRows)
    polls.collection.switch(frozenset({"watched", "peers"}))
    assert polls.collection.fault is None
    assert polls.collection.ask(polls.at).usual


def test_a_collector_that_is_switched_off_while_it_is_asked_leaves_nothing_behind() -> None:
    collection = Collection((basic, watched), timedelta(minutes=15), lambda: 0.0)
    for _ in range(3):
        asked = collection.ask(START)
        collection.switch(frozenset({"watched"}))
        collection.take(asked, [[] if command == BASIC else TimedOut("late") for command in asked.commands], START)
        assert collection.fault is None
        assert collection.ask(START).usual
        collection.switch(frozenset())
