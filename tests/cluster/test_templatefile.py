"""A template's file is read as it was written, and what is none is refused with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster import templatefile
from fleet.errors import BadInput
from routeros.starters import starters


@pytest.mark.parametrize("name", sorted(starters()))
def test_a_starter_survives_its_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(templatefile.write(starters()[name]), encoding="utf-8")
    assert templatefile.read(name, path) == starters()[name]


def test_a_bare_yes_is_the_word() -> None:
    text = "variables:\n- {name: a, kind: bool, default: yes}\n- {name: b, kind: int, default: 7}\ntext: x\n"
    assert [one.default for one in templatefile.parse("t", text).variables] == ["yes", "7"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a",
        "text: 7",
        "about: x",
        "text: x\nmore: y",
        "text: x\nmode: half",
        "text: x\nvariables: {a: b}",
        "text: x\nvariables: [a]",
        "text: x\nvariables: [{name: a}]",
        "text: x\nvariables: [{name: a, kind: colour}]",
        "text: x\nvariables: [{name: a, kind: int, least: one}]",
        "text: x\nvariables: [{name: a, kind: int, other: one}]",
        "text: [",
    ],
)
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        templatefile.parse("t", text)
    assert refused.value.next_step


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        templatefile.read("t", tmp_path / "none.yaml")
