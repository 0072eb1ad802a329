"""Two configurations beside each other: what changed shows, secrets and noise do not."""

from __future__ import annotations

from routeros.backup.comparing import Mark, pairs, unified
from routeros.export import Document, parse

HEAD = "# 2026-01-0{} 12:00:00 by RouterOS 7.16\n"
FILTER = "/ip firewall filter\n{}"
ONE, TWO, THREE = (f"add action=accept chain=input comment={n}\n" for n in ("one", "two", "three"))


def document(body: str, day: int = 5) -> Document:
    return parse(HEAD.format(day) + body)


def marks(before: Document, after: Document) -> list[tuple[Mark, str | None, str | None]]:
    return [(p.mark, p.before, p.after) for p in pairs(before, after) if p.mark is not Mark.SAME]


def test_another_date_is_no_difference() -> None:
    text = FILTER.format(ONE + TWO)
    assert marks(document(text), document(text, day=6)) == []
    assert unified(pairs(document(text), document(text, day=6)), ("1", "2")) == ""


def test_what_came_and_went_is_told_with_its_lines_around() -> None:
    found = pairs(document(FILTER.format(ONE + TWO)), document(FILTER.format(ONE + TWO + THREE)))
    assert unified(found, ("version 1", "version 2")).splitlines() == [
        "--- version 1",
        "+++ version 2",
        "@@ -2,3 +2,4 @@",
        " /ip firewall filter",
        f" {ONE.strip()}",
        f" {TWO.strip()}",
        f"+{THREE.strip()}",
    ]


def test_a_rule_that_changed_its_place_is_moved() -> None:
    found = marks(document(FILTER.format(ONE + TWO + THREE)), document(FILTER.format(THREE + ONE + TWO)))
    assert {mark for mark, _, _ in found} == {Mark.MOVED}
    assert {text for _, *both in found for text in both if text} == {THREE.strip()}


def test_a_secret_that_changed_is_told_and_not_shown() -> None:
    old, new = (document(f"/ppp secret\nadd name=a password={word}\n") for word in ("hunter2", "swordfish"))
    ((mark, before, after),) = marks(old, new)
    assert (mark, before) == (Mark.CHANGED, "add name=a password=*****")
    assert after == "add name=a password=*****  # a secret changed"
    told = unified(pairs(old, new), ("1", "2"))
    assert "hunter2" not in told
    assert "swordfish" not in told


def test_far_differences_are_groups_of_their_own() -> None:
    many = [f"add action=accept chain=input comment=c{n:03}\n" for n in range(40)]
    found = unified(
        pairs(document(FILTER.format("".join(many))), document(FILTER.format("".join(many[1:-1])))), ("", "")
    )
    assert found.count("@@ -") == 2
