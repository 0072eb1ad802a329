"""Which rows answer a question, and in which steps: decided without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import plans
from db.plans import Held, Kept, Plan, Wish
from db.ranges import Range
from fleet.errors import BadInput
from fleet.resolutions import Resolution

RAW, FIVE, HOUR = Resolution
NOW = datetime(2026, 1, 5, 12, 3, 30, tzinfo=UTC)
DAYS = {RAW: 7, FIVE: 30, HOUR: 365}


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def held(now: datetime = NOW, days: Mapping[Resolution, int] = DAYS) -> Held:
    return {r: Kept(now - timedelta(days=days[r]), r.settled(now)) for r in Resolution}


def last(span: timedelta, end: datetime = NOW) -> Range:
    return Range(end - span, end)


def chosen(spanned: Range, **more: object) -> Plan:
    return plans.choose(Wish(spanned, **more), held())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("span", "devices", "resolution"),
    [
        (timedelta(hours=1), 1, RAW),
        (timedelta(hours=24), 1, RAW),
        (timedelta(days=6), 1, FIVE),
        (timedelta(days=29), 1, FIVE),
        (timedelta(days=60), 1, HOUR),
        (timedelta(days=365), 1, HOUR),
        (timedelta(hours=1), 10_000, RAW),
        (timedelta(hours=24), 10_000, RAW),
        (timedelta(days=7), 10_000, FIVE),
        (timedelta(days=29), 10_000, HOUR),
    ],
)
def test_the_finest_that_is_cheap_else_the_coarsest_that_fits(
    span: timedelta, devices: int, resolution: Resolution
) -> None:
    assert chosen(last(span), devices=devices).resolution is resolution


def test_raw_steps_begin_with_the_range_and_divide_it() -> None:
    plan = chosen(last(timedelta(hours=1)), points=60)
    assert (plan.origin, plan.step) == (NOW - timedelta(hours=1), minutes(1))
    assert plan.pieces == (plans.Piece(RAW, NOW - timedelta(hours=1), NOW),)


def test_steps_of_rollups_are_whole_buckets_on_their_grid() -> None:
    plan = chosen(last(timedelta(days=7)))
    assert plan.step == minutes(35)
    assert plan.origin == datetime(2025, 12, 29, 12, 0, tzinfo=UTC)


def test_what_is_no_whole_bucket_or_not_rolled_up_yet_is_read_from_finer_rows() -> None:
    plan = chosen(last(timedelta(days=6, minutes=58)), devices=10_000, points=24)
    assert [(p.resolution, p.start.strftime("%d %H:%M:%S"), p.end.strftime("%d %H:%M:%S")) for p in plan.pieces] == [
        (RAW, "30 11:05:30", "30 11:10:00"),
        (FIVE, "30 11:10:00", "30 12:00:00"),
        (HOUR, "30 12:00:00", "05 12:00:00"),
        (RAW, "05 12:00:00", "05 12:03:30"),
    ]
    assert plan.resolution is HOUR


def test_where_finer_rows_are_gone_the_range_grows_to_whole_buckets() -> None:
    plan = chosen(Range(NOW - timedelta(days=60), NOW - timedelta(days=50)))
    (piece,) = plan.pieces
    assert piece == plans.Piece(HOUR, (NOW - timedelta(days=60)).replace(minute=0, second=0),
                                (NOW - timedelta(days=50)).replace(hour=13, minute=0, second=0))  # fmt: skip


def test_points_that_are_too_close_for_what_is_kept_come_further_apart() -> None:
    plan = chosen(Range(NOW - timedelta(days=20), NOW - timedelta(days=20) + timedelta(hours=1)), points=300)
    assert (plan.resolution, plan.step) == (FIVE, minutes(5))


def test_a_job_that_is_behind_leaves_the_rest_to_raw_rows() -> None:
    behind = {**held(), FIVE: Kept(NOW - timedelta(days=30), NOW - timedelta(days=2))}
    plan = plans.choose(Wish(last(timedelta(days=6))), behind)
    assert [p.resolution for p in plan.pieces] == [RAW, FIVE, RAW]
    assert plan.pieces[1].end == NOW - timedelta(days=2)


def test_percentiles_are_taken_of_single_values_while_there_are_not_too_many() -> None:
    assert chosen(last(timedelta(days=6)), singly=True).resolution is RAW
    assert chosen(last(timedelta(days=6)), singly=True, devices=1000).resolution is FIVE
    assert chosen(last(timedelta(days=20)), singly=True).resolution is FIVE


def test_one_point_is_the_range_as_a_whole() -> None:
    plan = chosen(last(timedelta(hours=1)), points=1, devices=200)
    assert plan.single
    assert (plan.start, plan.end) == (NOW - timedelta(hours=1), NOW)
    assert [p.resolution for p in plan.pieces] == [RAW, FIVE, RAW]


@pytest.mark.parametrize(
    ("span", "step", "said"),
    [
        (timedelta(hours=1), timedelta(milliseconds=500), "1s to"),
        (timedelta(hours=1), timedelta(days=401), "400d"),
        (timedelta(days=6), minutes(1), "260s or longer"),
        (timedelta(days=20), minutes(15) + timedelta(seconds=1), "5m or a multiple"),
        (timedelta(days=100), minutes(90), "1h or a multiple"),
    ],
)
def test_a_step_that_cannot_be_had_is_told_what_can(span: timedelta, step: timedelta, said: str) -> None:
    with pytest.raises(BadInput) as error:
        chosen(last(span), step=step)
    assert said in error.value.next_step


def test_steps_may_be_many_for_who_reads_them_piece_by_piece() -> None:
    plan = chosen(last(timedelta(days=6)), step=minutes(1), most=None)
    assert (plan.resolution, plan.step) == (RAW, minutes(1))


def test_a_young_system_answers_from_what_it_has() -> None:
    young = held(days={RAW: 1, FIVE: 1, HOUR: 1})
    assert plans.choose(Wish(last(timedelta(hours=36))), young).resolution is not HOUR


def test_a_range_and_an_earlier_one_have_the_same_steps() -> None:
    now = last(timedelta(hours=24))
    main, before = plans.alike(Wish(now), now.earlier(timedelta(days=14)), held())
    assert (main.resolution, before.resolution) == (RAW, FIVE)
    assert main.step == before.step == minutes(5)
    whole = plans.alike(Wish(now, points=1), now.earlier(timedelta(days=14)), held())
    assert all(plan.single for plan in whole)


starts = st.integers(0, 360 * 86400).map(lambda back: NOW - timedelta(seconds=back))
lengths = st.integers(1, 300 * 86400).map(lambda s: timedelta(seconds=s))


@given(starts, lengths, st.integers(1, 2000), st.sampled_from([1, 100, 10_000]), st.booleans())
def test_pieces_cover_the_range_without_gap_and_steps_are_not_too_many(
    start: datetime, length: timedelta, points: int, devices: int, singly: bool
) -> None:
    spanned = Range(start, start + length)
    plan = plans.choose(Wish(spanned, points, devices=devices, singly=singly), held())
    assert plan.start <= spanned.start
    assert plan.end >= spanned.end
    assert all(before.end == after.start for before, after in pairwise(plan.pieces))
    assert all(piece.start < piece.end for piece in plan.pieces)
    for piece in plan.pieces:
        assert piece.resolution.bucket(piece.start) == piece.start
        assert piece.resolution.bucket(piece.end) == piece.end
        assert piece.resolution.span <= plan.resolution.span
        assert not piece.resolution.span or piece.end <= piece.resolution.settled(NOW)
        assert piece.resolution is RAW or not (plan.step % piece.resolution.span) or plan.single
        assert plan.single or not piece.resolution.span or not (piece.start - plan.origin) % piece.resolution.span
    assert plan.origin <= plan.start
    assert -(-(plan.end - plan.origin) // plan.step) <= points


@given(st.integers(1, 6 * 86400), st.integers(1, 86400), st.integers(1, 400))
def test_a_step_is_kept_to_the_second(back: int, step: int, count: int) -> None:
    start = NOW - timedelta(seconds=back)
    plan = chosen(Range(start, start + min(step * count, 86400) * timedelta(seconds=1)), step=timedelta(seconds=step),
                  most=None)  # fmt: skip
    assert plan.step == timedelta(seconds=step)
