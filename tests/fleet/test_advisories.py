"""Which versions have a hole, by our file and by an operator's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fleet.advisories import Advisory, concerning, every
from fleet.errors import BadSetting
from fleet.versions import version

THREE = Advisory("CVE-1-1", "one", tuple(map(version, ("6.49.21", "7.23.4", "7.24.2"))), (version("7.1"),))


@pytest.mark.parametrize(
    ("running", "open_"),
    [
        ("7.24.1", True),
        ("7.24.2", False),
        ("7.24rc4", True),
        ("7.25beta1", False),
        ("7.23.3", True),
        ("7.23.4", False),
        ("7.22.9", True),
        ("7.9", True),
        ("7.1rc6", False),
        ("6.49.9", True),
        ("6.49.21", False),
        ("6.40.1", True),
        ("5.26", False),
    ],
)
def test_a_fix_closes_its_branch_and_what_comes_after_the_last(running: str, open_: bool) -> None:
    assert THREE.concerns(version(running)) is open_


@pytest.mark.parametrize(
    ("running", "unclear"),
    [
        ("7.25beta1", True),
        ("7.25rc2", True),
        ("7.25", False),
        ("7.26beta1", False),
        ("7.24.1", False),
        ("6.50rc1", True),
    ],
)
def test_of_a_pre_release_beside_the_last_fix_nobody_can_say(running: str, unclear: bool) -> None:
    assert THREE.unclear(version(running)) is unclear
    assert not THREE.unclear(version("7.25beta1")) or not THREE.concerns(version("7.25beta1"))


def test_a_pre_release_that_is_named_is_clear() -> None:
    named = Advisory("CVE-1-2", "two", tuple(map(version, ("7.20.1", "7.21beta2"))))
    assert [named.concerns(version(one)) for one in ("7.21beta1", "7.21beta2")] == [True, False]
    assert not named.unclear(version("7.21beta2"))


def test_ours_are_known_by_what_they_fixed() -> None:
    ours = every()
    old = {one.id for one in concerning(ours, version("6.42"))}
    assert {"CVE-2018-14847", "CVE-2026-67276"} <= old
    assert "CVE-2018-7445" not in old
    assert concerning(ours, version("7.24.4")) == concerning(ours, version("6.49.22")) == []
    assert [one.id for one in concerning(ours, version("7.24.1"))] == [
        "CVE-2026-86060",
        "CVE-2026-67277",
        "CVE-2026-67276",
    ]
    assert concerning(ours, None) == []


def test_an_operator_adds_his_own_and_corrects_ours(tmp_path: Path) -> None:
    file = tmp_path / "more.json"
    file.write_text(
        json.dumps(
            [
                {"id": "HOUSE-1", "about": "A rule of ours.", "fixed": ["7.24.4"]},
                {"id": "CVE-2018-7445", "about": "Corrected.", "fixed": ["6.41.4"]},
            ]
        )
    )
    found = {one.id: one for one in every(str(file))}
    assert found["HOUSE-1"].concerns(version("7.24.3"))
    assert found["CVE-2018-7445"].about == "Corrected."
    assert len(found) == len(every()) + 1


@pytest.mark.parametrize(
    "text", ["{}", "[{}]", "no", '[{"id": "CVE-1-1", "about": "x", "fixed": ["soon"]}]', '[{"id": "a b"}]']
)
def test_a_file_that_is_none_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "more.json"
    file.write_text(text)
    with pytest.raises(BadSetting, match="holds no advisories"):
        every(str(file))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="holds no advisories"):
        every(str(tmp_path / "none.json"))
