"""Files have the vendor's names, and nothing else is a path of a mirror."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.firmware import ARCHITECTURES, MAIN
from fleet.versions import Channel, version
from routeros.depot import layout, packages


@pytest.mark.parametrize(
    ("package", "of", "architecture", "name"),
    [
        ("routeros", "7.24.4", "arm64", "routeros-7.24.4-arm64.npk"),
        ("routeros", "7.24.4", "x86_64", "routeros-7.24.4.npk"),
        ("routeros", "6.49.22", "x86", "routeros-x86-6.49.22.npk"),
        ("routeros", "6.49.22", "ppc", "routeros-powerpc-6.49.22.npk"),
        ("routeros", "7.25beta5", "ppc", "routeros-7.25beta5-ppc.npk"),
        ("wifi-qcom-ac", "7.24.4", "arm", "wifi-qcom-ac-7.24.4-arm.npk"),
        ("dude", "7.24.4", "x86", "dude-7.24.4.npk"),
    ],
)
def test_a_package_has_the_vendors_name(package: str, of: str, architecture: str, name: str) -> None:
    assert layout.file(package, version(of), architecture) == name


@given(
    st.sampled_from((MAIN, "wireless", "wifi-qcom-ac", "user-manager", "rose-storage")),
    st.sampled_from(("6.49.22", "7.12.1", "7.24.4", "7.25beta5")),
    st.sampled_from(ARCHITECTURES),
)
def test_a_name_tells_package_and_architecture(package: str, of: str, architecture: str) -> None:
    name = layout.file(package, version(of), architecture)
    assert layout.parsed(name, version(of)) == (package, architecture)
    assert layout.served(layout.place(version(of), name)) == (of, name)
    assert layout.parsed(name, version("7.24")) is None


def test_channels_lie_where_they_are_kept_up() -> None:
    assert layout.pointer(7, Channel.STABLE) == "routeros/NEWESTa7.stable"
    assert layout.pointer(6, Channel.UPGRADE) == "routeros/NEWEST6.upgrade"
    assert layout.served("routeros/NEWESTa7.long-term") == ("NEWESTa7.long-term",)
    assert (layout.leads_to(6, Channel.UPGRADE), layout.leads_to(6, Channel.STABLE)) == (7, 6)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "routeros",
        "routeros/",
        "routeros/7.24.4",
        "routeros/NEWEST7.stable",
        "routeros/../etc/passwd",
        "routeros/7.24.4/..",
        "routeros/7.24.4/../../x.npk",
        "routeros/7.24.4//x.npk",
        "routeros/7.24.4/.part-x.npk",
        "routeros/7.24.4/x.npk\0",
        "routeros/7.24.4/x.npk\n",
        "routeros/07.24.4/x.npk",
        "routeros/7.24.4/notes.txt",
        "routeros/..%2f/x.npk",
        "routeros/7.24.4/a/x.npk",
        "/routeros/7.24.4/x.npk",
        "other/7.24.4/x.npk",
    ],
)
def test_nothing_else_is_served(path: str) -> None:
    assert layout.served(path) is None


@given(st.text(max_size=60))
def test_whatever_is_asked_for_stays_within(path: str) -> None:
    found = layout.served(f"routeros/{path}")
    assert found is None or not any(part in ("", ".", "..") or "/" in part for part in found)


def test_the_head_of_a_package_says_how_long_it_is() -> None:
    whole = packages.head(4) + b"body"
    assert packages.fault(whole, len(whole)) == ""
    assert "says that it has 12 bytes, and has 11" in packages.fault(whole[:-1], len(whole) - 1)
    assert "does not begin" in packages.fault(b"<html>no such file", 18)
    assert "does not begin" in packages.fault(whole[:5], 5)
