"""A slice of the runs in which a push loses its owner, and everything that may befall a router meanwhile."""

from __future__ import annotations

from itertools import groupby

import pytest

from fleet.changes import Progress, PushState, Step, fold
from fleet.vantage import ALONE, View
from tests.chaospush.arena import FLASH, OLD, PLAIN, Board, leap, place
from tests.chaospush.changes import CHANGES
from tests.chaospush.faults import CALM, FAULTS, Fault
from tests.chaospush.judge import Run, after
from tests.chaospush.matrix import Row, befall, befalling
from tests.chaospush.runs import Owner, Paper, order

NEW, MIDDLE, AGED = Board(PLAIN, "7.21.4"), Board(FLASH, "7.12.1"), Board(OLD, "6.49.18")


@pytest.mark.parametrize(
    ("board", "change", "every"),
    [(NEW, "rules", 2), (NEW, "service", 5), (NEW, "identity", 2), (MIDDLE, "bridge", 3), (AGED, "user", 6)],
    ids=str,
)
def test_whoever_is_lost_the_device_holds_what_the_record_says(board: Board, change: str, every: int) -> None:
    tally = Row(board, CHANGES[change]).go(every)
    assert tally.runs > 5
    assert tally.wrong == []
    assert tally.reverted_good_pushes == 0
    assert set(tally.ends) <= {PushState.COMMITTED, PushState.REVERTED, PushState.FAILED}
    # A timer of two minutes, and the restart that it brings.
    assert tally.longest_lock_out < 150 + 60


@pytest.mark.parametrize(
    ("board", "fault"), list(befalling([NEW, MIDDLE])), ids=lambda one: getattr(one, "name", str(one))
)
def test_whatever_befalls_the_router_the_push_ends_truly(board: Board, fault: Fault) -> None:
    verdict = befall(board, fault)
    assert verdict.state in fault.ends
    assert not verdict.untrue
    assert not verdict.lost


@pytest.mark.parametrize("entry", [13, 14, 15, 16])
def test_whoever_is_lost_on_the_way_back_step_by_step_another_ends_it(entry: int) -> None:
    paper, restarts = Paper(), next(one for one in FAULTS if one.name == "it restarts with safe mode alone")
    wanted = leap(lambda: after(NEW, CALM))
    run = Run(NEW, CALM, wanted, [(entry, False)], hurt=restarts.hurt)
    verdict = leap(lambda: run.go(paper))
    assert Step.UNDO in {note.entry.step for note in paper.notes}
    assert (verdict.state, verdict.holds, verdict.later) == (PushState.REVERTED, "before", "before")
    assert not verdict.left


def test_each_step_is_told_by_whoever_takes_it() -> None:
    async def go() -> tuple[list[Step], list[Step], list[Step]]:
        async with place(NEW) as at:
            book, made = Paper(), order(CHANGES["identity"])
            first, second = Owner(at, book, 1, at=9, before=False), Owner(at, book, 2)
            assert await first.push(made) is None
            assert await second.push(made) is PushState.REVERTED
            begun = [note.entry.step for note in book.notes if note.entry.seen is None]
            return begun, _steps(first), _steps(second)

    begun, first, second = leap(go)
    assert first + second == begun
    assert second[0] is Step.WATCH


def _steps(owner: Owner) -> list[Step]:
    """Tell the steps that were told, each once: what one came to may be another state."""
    return [step for step, _ in groupby(news.step for news in owner.news)]


THERE, GONE = View("poller-far-0", True), View("poller-far-0", False, "It does not answer.")
AWAY = View("poller-far-0", None, "The poller did not answer.")


@pytest.mark.parametrize(
    ("views", "ends", "noted"),
    [
        ([THERE, THERE], PushState.COMMITTED, "poller-far-0"),
        ([THERE, GONE], PushState.REVERTED, None),
        ([THERE, AWAY], PushState.COMMITTED, None),
        ([GONE], PushState.COMMITTED, None),
        ([], PushState.COMMITTED, None),
    ],
)
def test_what_another_node_saw_before_it_has_to_see_again(
    views: list[View], ends: PushState, noted: str | None
) -> None:
    async def go() -> tuple[PushState | None, Progress]:
        async with place(NEW) as at:
            at.views, book = list(views), Paper()
            state = await Owner(at, book).push(order(CHANGES["identity"]))
            return state, fold([note.entry for note in book.notes], 1)

    state, progress = leap(go)
    assert state is ends
    assert progress.facts.get("seen_from") == noted
    if not views:
        assert progress.facts["vantage_why"] == ALONE.why


def test_where_no_net_can_be_had_nothing_is_touched() -> None:
    verdict = Row(Board(PLAIN, "7.21.4", "home"), CHANGES["rules"]).go(every=10**6, offset=1)
    assert set(verdict.ends) == {PushState.FAILED}
    assert verdict.wrong == []
