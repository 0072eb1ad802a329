"""What a source says is read, and believed where it can be so."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.egress import SIMULATED, Egress
from fleet.errors import BadSetting, Unavailable
from fleet.firmware import MAIN
from fleet.versions import Channel, version
from routeros.depot import layout, reading, releases, source
from tests.fixtures.depot import Shelf


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_channels_are_read_and_keep_their_time(shelf: Shelf) -> None:
    found = releases.pointers(shelf)
    told = {(one.major, one.channel.value): str(one.version) for one in found.found}
    assert told == {
        (7, "long-term"): "7.23.7",
        (7, "stable"): "7.24.4",
        (7, "testing"): "7.24.4",
        (7, "development"): "7.25beta5",
        (6, "long-term"): "6.49.22",
        (6, "stable"): "6.49.22",
        (6, "upgrade"): "7.12.1",
    }
    assert found.refused == ()
    assert all(reading.pointer(reading.written(one), one.major, one.channel) == one for one in found.found)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"7.12.1 1700000000", "leads to 7.12.1, where a version 6 belongs"),
        (b"6.49.22", "names no version"),
        (b"6.49.22 soon", "names no version"),
        (b"<html>Not here</html>", "names no version"),
        (b"", "names no version"),
    ],
)
def test_a_pointer_that_leads_elsewhere_is_not_believed(shelf: Shelf, text: bytes, why: str) -> None:
    shelf.spoil("routeros/NEWEST6.stable", text)
    found = releases.pointers(shelf)
    assert len(found.found) == 6
    (refused,) = found.refused
    assert "routeros/NEWEST6.stable is not believed" in refused
    assert why in refused


def test_a_source_without_channels_is_none(shelf: Shelf) -> None:
    for major, channels in layout.CHANNELS.items():
        for channel in channels:
            shelf.spoil(layout.pointer(major, channel), None)
    with pytest.raises(Unavailable, match="has no channels"):
        releases.pointers(shelf)


def test_what_there_is_of_a_version_is_found(shelf: Shelf) -> None:
    of = version("7.24.4")
    found = releases.files(
        shelf, of, [(MAIN, "arm64"), (MAIN, "x86"), ("wifi-qcom", "arm64"), ("wifi-qcom", "smips")]
    )
    assert [one.name for one in found] == [
        "routeros-7.24.4-arm64.npk",
        "routeros-7.24.4.npk",
        "wifi-qcom-7.24.4-arm64.npk",
    ]
    assert all(one.size == shelf.size(layout.place(of, one.name)) and len(one.sha256) == 64 for one in found)
    assert "improved stability" in (releases.changelog(shelf, of) or "")
    assert releases.changelog(shelf, version("7.1")) is None


def test_a_checksum_that_is_none_is_no_checksum(shelf: Shelf) -> None:
    shelf.spoil("routeros/7.24.4/routeros-7.24.4-arm64.npk.sha256", b"deadbeef")
    with pytest.raises(Unavailable, match="is no SHA-256"):
        releases.files(shelf, version("7.24.4"), [(MAIN, "arm64")])


def test_a_small_file_is_small(shelf: Shelf) -> None:
    shelf.spoil(layout.pointer(7, Channel.STABLE), b"7" * 5000)
    with pytest.raises(Unavailable, match="has more than 4096 bytes"):
        releases.pointers(shelf)


def test_a_directory_is_a_source_and_no_link_leads_out_of_it(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("7.24.4 1700000000")
    root = tmp_path / "mirror" / "routeros"
    root.mkdir(parents=True)
    (root / "NEWESTa7.stable").write_text("7.24.4 1700000000")
    (root / "NEWESTa7.testing").symlink_to(tmp_path / "secret")
    with source.opened(str(tmp_path / "mirror"), Egress()) as folder:
        assert [one.channel for one in releases.pointers(folder).found] == [Channel.STABLE]
        assert folder.size("routeros/../../secret") is None


@pytest.mark.parametrize(
    "place", ["", "ftp://x/", "https://", "https://u:p@host/", "http://host/?a=b", "/nowhere/at/all", "file:///etc"]
)
def test_anything_else_is_no_source(place: str) -> None:
    with pytest.raises(BadSetting, match="neither a directory nor a URL"):
        source.opened(place, Egress((SIMULATED,)))
