"""The look: every text and state can be read on every ground."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC

import pytest

from dashboard import delivery, theme
from fleet.device import State

TEXTS = ("text", "muted", "accent", *(state.value for state in State))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", theme.SCHEMES)
@pytest.mark.parametrize("name", TEXTS)
def test_a_text_stands_out_from_every_ground(scheme: str, name: str) -> None:
    palette = theme.SCHEMES[scheme]
    for ground in (palette.page, palette.panel):
        assert contrast(getattr(palette, name), ground) >= 4.5, (name, ground)


@pytest.mark.parametrize("scheme", theme.SCHEMES)
def test_a_line_stands_out_from_its_panel(scheme: str) -> None:
    palette = theme.SCHEMES[scheme]
    assert all(contrast(colour, palette.panel) >= 3 for colour in palette.series)
    assert contrast(palette.on_accent, palette.accent) >= 4.5
    assert contrast(palette.text, palette.raised) >= 4.5


def test_every_state_has_its_own_shape_word_and_colour() -> None:
    assert set(theme.SIGNS) == set(State)
    assert len({sign.glyph for sign in theme.SIGNS.values()}) == len(State)
    assert len({sign.word for sign in theme.SIGNS.values()}) == len(State)
    assert all(len({palette.of(state) for state in State}) == len(State) for palette in theme.SCHEMES.values())


def test_a_look_is_read_with_care() -> None:
    assert theme.look({"scheme": "light", "zone": "Europe/Vienna"}).palette is theme.LIGHT
    assert str(theme.look({"zone": "Europe/Vienna"}).zone) == "Europe/Vienna"
    for odd in (
        None,
        "x",
        {"scheme": "<b>", "zone": "../../etc/passwd"},
        {"zone": "x" * 500},
        {"zone": "Nowhere/Here"},
    ):
        assert theme.look(odd) == theme.Look(theme.DARK, UTC)


def test_the_style_sheet_has_both_schemes() -> None:
    written = theme.style_sheet()
    assert theme.DARK.panel in written
    assert theme.LIGHT.panel in written
    assert "--on-accent:" in written


def test_what_a_class_alone_looks_like_is_said_by_one_style_sheet() -> None:
    rule, said = re.compile(r"^\s*([^{}@\n]+?)\s*\{", re.MULTILINE), defaultdict(set)
    for sheet in delivery.ASSETS.glob("*.css"):
        for selectors in rule.findall(sheet.read_text()):
            for selector in selectors.split(","):
                if re.fullmatch(r"\.[a-z-]+", selector.strip()):
                    said[selector.strip()].add(sheet.name)
    assert said
    assert {name: sheets for name, sheets in said.items() if len(sheets) > 1} == {}
