"""Exports of real devices and their history: read, printed, normalised and compared."""

from __future__ import annotations

from collections import Counter

import pytest

from routeros.export import Document, diff, faults, normalise, parse, redact
from routeros.export.normal import normal
from tests.routeros.export.samples import THERE, WHY, document, exports, revisions, successive

pytestmark = pytest.mark.skipif(not THERE, reason=WHY)

NAMES = sorted(exports()) if THERE else []
PAIRS = successive() if THERE else []


def told(read: Document) -> Counter[tuple[str, str]]:
    """Count the commands of each menu, as they are told without noise."""
    return Counter((command.menu, normal(command)) for command in read.commands)


def test_all_samples_are_here() -> None:
    assert len(revisions()) == 112
    assert len(NAMES) == 114
    assert len(PAIRS) > 80


@pytest.mark.parametrize("name", NAMES)
def test_a_real_export_prints_back_byte_for_byte(name: str) -> None:
    text = exports()[name]
    document = parse(text)
    assert str(document) == text
    assert not any(entry.line.broken for entry in document.entries)


@pytest.mark.parametrize("name", NAMES)
def test_normalising_twice_is_normalising_once_and_changes_nothing_of_meaning(name: str) -> None:
    read = document(name)
    once = normalise(read)
    assert str(normalise(once)) == str(once)
    assert told(once) == told(read)
    assert diff(read, once) == []


@pytest.mark.parametrize("name", NAMES)
def test_an_export_does_not_differ_from_itself(name: str) -> None:
    assert diff(document(name), parse(exports()[name])) == []


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=lambda name: name.split("_")[1])
def test_the_differences_of_two_revisions_lead_from_one_to_the_other(before: str, after: str) -> None:
    old, new = document(before), document(after)
    patched = told(old)
    for delta in diff(old, new):
        gone = [*delta.removed, *(change.before for change in delta.changed)]
        come = [*delta.added, *(change.after for change in delta.changed)]
        assert not Counter((c.menu, normal(c)) for c in gone) - patched
        patched -= Counter((c.menu, normal(c)) for c in gone)
        patched += Counter((c.menu, normal(c)) for c in come)
        assert all(change.properties for change in delta.changed)
        assert {c.menu for c in (*gone, *come, *delta.moved)} <= {delta.menu}
    assert patched == told(new)


def test_what_a_device_wrote_is_whole() -> None:
    whole = [name for name in NAMES if faults(document(name)) == []]
    assert {"ccr2004-border-leaf.rsc", "crs326-leaf.rsc"} <= set(whole)
    assert len(whole) == 109, sorted(set(NAMES) - set(whole))


def test_every_command_has_a_menu_and_a_known_verb() -> None:
    for name in NAMES:
        for command in document(name).commands:
            assert command.menu.startswith("/"), (name, command)
            assert command.verb in ("add", "set"), (name, command)


def test_real_exports_hide_their_secrets_already() -> None:
    for name in NAMES:
        assert str(redact(document(name))) == exports()[name]
