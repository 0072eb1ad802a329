"""The page of the families says what they are."""

from __future__ import annotations

import re
from pathlib import Path

from routeros.collectors import every

PAGE = Path(__file__).parents[3] / "docs" / "families.md"


def test_the_page_lists_every_family_with_its_cycle_and_labels() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|([^|]*)\|", PAGE.read_text(), re.MULTILINE)
    listed = {name: (cycle, tuple(re.findall(r"`(\w+)`", labels))) for name, cycle, labels in rows}
    assert listed == {c.name: (c.cycle.value, c.family.labels) for c in every().values() if c.family is not None}
