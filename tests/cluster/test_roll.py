"""An administrator finds devices by what they are, in the order that is asked for."""

from __future__ import annotations

import json

import pytest

from fleet.errors import BadInput
from tests.cluster.administrator import Run, add, done, refused

NORTH = ("--tenant", "north")


@pytest.fixture
def three(north: Run) -> Run:
    """Run commands where north has three devices, of which two have tags."""
    for number, tags in enumerate((("core",), ("core", "edge"), ())):
        more = [word for tag in tags for word in ("--tag", tag)]
        done(add(north, "--password-stdin", *more, name=f"core-{number}", address=f"127.64.0.{9 - number}"))
    return north


def names(run: Run, *more: str) -> list[str]:
    return [one["name"] for one in json.loads(done(run("device", "list", *NORTH, *more, "--json")))]


def test_devices_are_found_and_put_in_order(three: Run) -> None:
    assert names(three) == ["core-0", "core-1", "core-2"]
    assert names(three, "--sort=-name") == names(three, "--sort", "address") == ["core-2", "core-1", "core-0"]
    assert names(three, "--tag", "core,edge") == ["core-0", "core-1"]
    assert names(three, "--tags-all", "core,edge") == ["core-1"]
    assert names(three, "--text", "64.0.7") == ["core-2"]
    assert names(three, "--in", "stale,down") == names(three, "--site", "(no site)") == names(three)
    assert names(three, "--in", "up") == names(three, "--model", "hAP*") == names(three, "--version", "7.18*") == []
    said = done(three("device", "list", *NORTH, "--tag", "edge"))
    assert "core-1" in said
    assert "core-0" not in said


@pytest.mark.parametrize(
    ("option", "word", "said"),
    [
        ("--in", "fine", "--in is wrong"),
        ("--tag", "No Tag", "--tag is wrong"),
        ("--sort", "colour", "no order 'colour'"),
        ("--site", "Olso", "no site 'Olso'"),
        ("--group", "theirs", "no group 'theirs'"),
    ],
)
def test_what_cannot_be_asked_is_refused(north: Run, option: str, word: str, said: str) -> None:
    assert said in refused(north("device", "list", *NORTH, option, word), BadInput).message
