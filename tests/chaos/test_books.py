"""The counting itself: what is lost, double, fenced or under way is told apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.chaos.books import Answer, Balance, Blow, Books, Fenced, Said, Span, balance

A, B = UUID(int=1), UUID(int=2)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SPAN = Span(BEGIN, BEGIN + timedelta(hours=1))


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def said(sequence: int, seconds: float, epoch: int = 1, device: UUID = A) -> Said:
    return Said(sequence, device, device.int, epoch, at(seconds))


FENCE = Fenced(1, 1, frozenset({A.int, B.int}))


def status(sequence: int, seconds: float, epoch: int = 1, device: UUID = A) -> Said:
    return replace(said(sequence, seconds, epoch, device), row=False, good=True)


EVEN = Books(
    answers=[Answer(A, at(1)), Answer(A, at(3)), Answer(B, at(2))],
    said=[
        *(said(2, 1.1), said(3, 2.1, device=B), said(4, 3.1)),
        *(status(2, 1.11), status(3, 2.11, device=B), status(4, 3.11)),
    ],
    fences=[FENCE],
    rows=[(A, at(1.1)), (B, at(2.1)), (A, at(3.1))],
)


def found(**changed: object) -> Balance:
    return balance(replace(EVEN, **changed), SPAN)  # type: ignore[arg-type]


def test_what_arrived_once_is_even() -> None:
    assert found() == Balance(answered=3, published=3, stored=3)
    assert found().whole


def test_an_accepted_event_without_a_row_is_lost() -> None:
    assert found(rows=EVEN.rows[:2]).lost == 1


def test_an_answer_without_an_event_is_unheard() -> None:
    silent = found(answers=[*EVEN.answers, Answer(B, at(5))])
    assert (silent.unheard, silent.untold) == (1, 1)


def test_an_answer_without_a_status_is_untold() -> None:
    assert found(said=EVEN.said[:-1]).untold == 1
    assert not found(said=EVEN.said[:-1]).whole


def test_an_event_without_an_answer_of_its_own_is_double() -> None:
    twice = found(said=[*EVEN.said, said(5, 3.2)], rows=[*EVEN.rows, (A, at(3.2))])
    assert twice.double == 1


def test_what_pollers_say_they_dropped_is_not_unheard() -> None:
    books = found(answers=[*EVEN.answers, Answer(B, at(5)), Answer(B, at(6))], dropped=1)
    assert (books.dropped, books.unheard) == (1, 1)
    assert found(dropped=7).dropped == 0


def test_what_pollers_say_they_dropped_is_not_untold() -> None:
    """A usual poll without news has no status beside what it measured."""
    assert found(said=EVEN.said[:-1], dropped=1).untold == 0


def test_a_status_is_no_row_but_may_stand_behind_a_fence() -> None:
    status = replace(said(9, 3.3), row=False)
    assert found(said=[*EVEN.said, status]) == found()
    newer = Fenced(5, 2, frozenset({A.int}))
    assert found(said=[*EVEN.said, status], fences=[FENCE, newer]).fenced == 1


def test_a_row_twice_is_double_and_one_of_nobody_s_is_strange() -> None:
    assert found(rows=[*EVEN.rows, EVEN.rows[0]]).double == 1
    assert found(rows=[*EVEN.rows, (A, at(9))]).strange == 1


@pytest.mark.parametrize(("seconds", "under_way"), [(4.0, 1), (2.0, 0), (60.0, 0)])
def test_a_blow_excuses_what_was_answered_next_to_it(seconds: float, under_way: int) -> None:
    """The answers of A are at 1, 3 (heard) and 3.5 (not heard)."""
    answers = [*EVEN.answers, Answer(A, at(3.5))]
    struck = found(answers=answers, blows=[Blow(at(seconds), frozenset({A}))])
    assert (struck.under_way, struck.unheard) == (under_way, 1 - under_way)


def test_a_blow_to_others_excuses_nothing() -> None:
    struck = found(answers=[*EVEN.answers, Answer(A, at(3.5))], blows=[Blow(at(4), frozenset({B}))])
    assert struck.unheard == 1


def test_a_sleeper_s_event_behind_the_fence_is_no_row() -> None:
    """The older owner answers at 3 and says so behind the fence of the newer one, which polls at 5."""
    newer = Fenced(5, 2, frozenset({A.int}))
    told = [status(6, 5.11, epoch=2), status(7, 7.11, epoch=2), status(8, 8.01)]
    books = {
        "answers": [*EVEN.answers, Answer(A, at(5)), Answer(A, at(7))],
        "said": [*EVEN.said[:2], *EVEN.said[3:5], said(6, 5.1, epoch=2), said(7, 7.1, epoch=2), said(8, 8.0), *told],
        "fences": [FENCE, newer],
        "rows": [*EVEN.rows[:2], (A, at(5.1)), (A, at(7.1))],
    }
    assert found(**books) == Balance(answered=5, published=5, stored=4, fenced=2)
    assert found(**{**books, "rows": [*books["rows"], (A, at(8.0))]}).trespassed == 1  # type: ignore[misc]


def test_two_owners_at_once_are_seen() -> None:
    """The newer owner polls at 5, and the older one, before the fence in the stream, at 6."""
    books = found(
        answers=[*EVEN.answers, Answer(A, at(5)), Answer(A, at(6))],
        said=[*EVEN.said, said(5, 6.1), said(7, 5.1, epoch=2)],
        fences=[FENCE, Fenced(6, 2, frozenset({A.int}))],
        rows=[*EVEN.rows, (A, at(5.1)), (A, at(6.1))],
    )
    assert books.overlapping == 1


def test_an_event_ahead_of_its_own_fence_is_seen() -> None:
    assert found(fences=[Fenced(3, 1, frozenset({A.int, B.int}))]).unfenced == 4


def test_what_came_after_the_span_is_not_counted() -> None:
    later = SPAN.until + timedelta(seconds=1)
    assert found(answers=[*EVEN.answers, Answer(A, later)]).answered == 3
    assert found(answers=[*EVEN.answers, Answer(A, later)]).whole
