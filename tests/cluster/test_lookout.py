"""The reports of the actors are read as they are, and believed only while somebody looks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cluster import lookout
from cluster.lookout import FILE, STALE, Seen
from tests.fixtures import reports

THEN = 1_700_000_000.0


def test_reports_have_the_age_of_their_file(tmp_path: Path) -> None:
    reports.write(tmp_path, reports.crew(), at=THEN)
    found = lookout.read(tmp_path, lambda: THEN + 3)
    assert (found.age, found.fresh) == (timedelta(seconds=3), True)
    assert found.of("poller").keys() == {"poller-0", "poller-1"}
    assert found.working().keys() == reports.crew().keys()


def test_old_reports_are_no_work(tmp_path: Path) -> None:
    reports.write(tmp_path, reports.crew(), at=THEN)
    found = lookout.read(tmp_path, lambda: THEN + STALE.total_seconds() + 1)
    assert not found.fresh
    assert found.actors
    assert not found.working()


def test_where_nobody_looked_yet_there_is_nothing(tmp_path: Path) -> None:
    assert lookout.read(tmp_path) == Seen()
    assert not Seen().fresh


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"actors": 5}', '{"actors": {"poller-0": null}}'])
def test_a_file_that_is_not_whole_is_no_report(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(text)
    assert not lookout.read(tmp_path).actors


@pytest.mark.parametrize(
    "changed",
    [{"pid": None}, {"phase": "starting"}, {"phase": "drained"}, {"problem": "The event loop does not answer."}],
    ids=str,
)
def test_an_actor_that_does_not_do_its_work_is_not_counted(changed: dict[str, object]) -> None:
    assert "poller-1" not in reports.seen(reports.poller(1, **changed)).working()


def test_the_supervisor_alone_lists_pollers() -> None:
    assert reports.seen().assigned().keys() == {"poller-0", "poller-1"}
    assert not Seen(timedelta(0), {"poller-0": reports.poller(0, pollers=[{"name": "x"}])}).assigned()


@pytest.mark.parametrize(("value", "number"), [(3, 3.0), (2.5, 2.5), (True, None), ("3", None), (None, None)])
def test_a_number_is_a_number(value: object, number: float | None) -> None:
    assert lookout.number({"it": value}, "it") == number
