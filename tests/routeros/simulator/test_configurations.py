"""Real configurations and rows, which live beside the project: what they name is there, what they say is taken."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from routeros.simulator.device.model import Model
from routeros.simulator.menu import Menu
from routeros.simulator.tree import menus

DATA = Path(__file__).parents[4] / "shared" / "data"
HISTORY = DATA / "history" / "Andreansx-ccr2004-crs326-112-revisions.tar.gz"
pytestmark = pytest.mark.skipif(not HISTORY.is_file(), reason="the configurations of ../shared/data are not here")

DEVICES = [("ccr2004", 0), ("crs326", 0), ("chr", 0), ("hap_ac_lite", 0), ("wap_ac", 0), ("hap_ax2", 0)]
NOT_HERE = {
    "/routing/bgp/connection": {"network"},
    "/system/package/update": {"channel"},
}
"""``network`` is the end of ``output.network``, which the line's break parts; the channel has a verb of its own."""

QUOTED = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
NAME = re.compile(r"(?<![\w.-])([a-z][a-z0-9.-]*)=")


def configurations() -> Iterator[str]:
    for path in sorted((DATA / "exports").glob("*.rsc")):
        yield path.read_text(errors="replace")
    with tarfile.open(HISTORY) as archive:
        for member in archive:
            if member.name.endswith(".rsc") and (file := archive.extractfile(member)):
                yield file.read().decode(errors="replace")


@cache
def named() -> dict[str, set[str]]:
    """Tell the menus that are named in all configurations, and of each the properties."""
    found: dict[str, set[str]] = {}
    for text in configurations():
        here = ""
        for line in re.sub(r"\\\r?\n\s+", "", text).splitlines():
            if line.startswith("/"):
                here = "/" + "/".join(line[1:].split())
                found.setdefault(here, set())
            elif here and line.startswith(("add ", "set ")):
                bare = re.sub(r"\[.*?\]", "", QUOTED.sub('""', line))
                found[here] |= set(NAME.findall(bare))
    return found


@cache
def ours() -> dict[str, list[Menu]]:
    found: dict[str, list[Menu]] = {}
    for persona, index in DEVICES:
        for n in range(index, 60):
            for path, menu in menus(Model(1, n, (persona,))).items():
                found.setdefault(path, []).append(menu)
    return found


def test_every_menu_of_a_real_configuration_is_there() -> None:
    assert len(named()) > 40
    assert set(named()) <= set(ours())


def test_every_property_of_a_real_configuration_may_be_written() -> None:
    for path, names in named().items():
        known = {name for menu in ours()[path] for name in (*menu.writable, *menu.fields)}
        assert names <= known | NOT_HERE.get(path, set()), path


OF_OLD = ("output.redistribute",)
"""``copy`` was a source of routes in early versions of 7."""


def test_every_value_of_a_real_row_may_be_written_and_stays_as_it_is() -> None:
    taken = 0
    for sample in json.loads((DATA / "rest" / "rest_samples.json").read_text()):
        found = sample["rest_sample"]
        for row in found if isinstance(found, list) else [found]:
            for name, value in row.items():
                for menu in ours().get(sample["path"], ()):
                    if value and name in menu.writable and name not in OF_OLD:
                        once = menu.writable[name](name, value)
                        assert menu.writable[name](name, once) == once, (menu.path, name)
                        taken += 1
    assert taken > 500
