"""Of a device's rows secrets are masked, contents left out, and no more kept than was asked for."""

from __future__ import annotations

from fleet.questions import Keep
from routeros.inquiry import Shelf, seen
from routeros.inquiry.rows import LONGEST


def test_secrets_are_masked_unless_they_may_be_seen() -> None:
    row = {"name": "anna", "password": "hush", "profile": "default", "comment": ""}
    assert seen("/ppp/secret", row) == row | {"password": "*****"}
    assert seen("/ppp/secret", row, unmasked=True) == row


def test_contents_of_files_are_never_told_and_long_values_are_cut() -> None:
    told = seen("/file", {"name": "a.rsc", "contents": "/user add"}, unmasked=True)
    assert told == {"name": "a.rsc"}
    assert len(seen("/log", {"message": "x" * (2 * LONGEST)})["message"]) == LONGEST + 1


def filled(keep: Keep, most: int, *rows: dict[str, str]) -> Shelf:
    shelf = Shelf(keep, most)
    for row in rows:
        shelf.put(row)
    return shelf


def test_the_first_rows_are_kept_and_more_is_said() -> None:
    rows = [{"n": str(n)} for n in range(4)]
    shelf = filled(Keep.FIRST, 3, *rows[:3])
    assert not shelf.full
    shelf.put(rows[3])
    assert shelf.full
    assert shelf.take() == rows[:3]


def test_what_was_taken_out_counts() -> None:
    shelf = filled(Keep.FIRST, 2, {"n": "0"})
    assert shelf.take() == [{"n": "0"}]
    shelf.put({"n": "1"})
    shelf.put({"n": "2"})
    assert (shelf.take(), shelf.more) == ([{"n": "1"}], True)


def test_the_newest_rows_of_a_log_are_kept() -> None:
    shelf = filled(Keep.NEWEST, 2, {"n": "0"}, {"n": "1"}, {"n": "2"})
    assert not shelf.full
    assert shelf.take() == [{"n": "1"}, {"n": "2"}]


def test_of_a_monitor_the_last_section_counts() -> None:
    shelf = filled(Keep.SECTION, 2, *({".section": str(s), "hop": str(h)} for s in range(3) for h in range(2)))
    assert shelf.take() == [{".section": "2", "hop": "0"}, {".section": "2", "hop": "1"}]
    assert shelf.told
