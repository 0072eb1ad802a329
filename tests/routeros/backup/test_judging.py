"""What may be a restore point: an export that was cut between two lines looks whole by itself."""

from __future__ import annotations

from routeros.backup import Before, believed, judge, menus
from routeros.export import Document, parse

HEAD = "# 2026-01-05 12:00:00 by RouterOS 7.16\n"
BODY = "/ip address\nadd address=192.0.2.1/24\n"
TAIL = "/system identity\nset name=edge\n/system ntp client\nset enabled=yes\n"
WHOLE = parse(HEAD + BODY + TAIL)
BEFORE = Before(menus(WHOLE), "7.16", "5-0")


def cut(version: str = "7.16") -> Document:
    return parse((HEAD + BODY).replace("7.16", version))


def test_an_export_whose_last_menus_are_gone_is_suspected() -> None:
    verdict = judge(cut(), BEFORE)
    assert verdict.missing == ("/system/identity", "/system/ntp/client")
    assert verdict.why == ("Its end is missing, from /system/identity on.",)
    assert not verdict.whole


def test_what_was_there_before_counts_for_the_same_version_only() -> None:
    assert judge(cut("7.17"), BEFORE).whole
    assert judge(WHOLE, BEFORE).whole
    assert judge(cut()).whole


def test_a_second_export_is_believed_where_somebody_did_something_since() -> None:
    verdict = judge(cut(), BEFORE)
    assert believed(verdict, BEFORE, "7-0").whole
    assert believed(verdict, BEFORE, "").whole
    assert not believed(verdict, BEFORE, "5-0").whole


def test_faults_of_its_own_are_never_believed_away() -> None:
    verdict = judge(parse(HEAD + BODY + '#error exporting "/queue/simple" (timeout)\n'), BEFORE)
    assert not believed(verdict, BEFORE, "7-0").whole
    assert not judge(parse((HEAD + BODY).rstrip("\n")), BEFORE).whole
