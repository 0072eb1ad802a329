"""A binary backup is loaded by the device that it was taken of, with the version that it had, and by no other."""

from __future__ import annotations

import pytest

from routeros.restore import Mark, Origin, Unfit, loadable

SAVED = Origin(Mark("HCX0001", ""), "RB5009", "7.16.2 (stable)")


@pytest.mark.parametrize(
    "device",
    [
        Origin(Mark("HCX0001"), "RB5009", "7.16.2"),
        Origin(Mark("HCX0001", "abc"), "RB5009", "7.16.2 (stable)"),
    ],
)
def test_the_same_device_and_version_may(device: Origin) -> None:
    loadable(SAVED, device)


@pytest.mark.parametrize(
    ("device", "said"),
    [
        (Origin(Mark("HCX0002"), "RB5009", "7.16.2"), "another device"),
        (Origin(Mark("HCX0001"), "RB5009", "7.16.3"), "runs 7.16.3"),
        (Origin(Mark("HCX0001"), "RB5009", "7.17beta2"), "runs 7.17beta2"),
        (Origin(Mark(), "CHR", "7.16.2"), "cannot be told"),
    ],
)
def test_all_others_are_refused_with_what_to_do_instead(device: Origin, said: str) -> None:
    with pytest.raises(Unfit) as refused:
        loadable(SAVED, device)
    assert said in refused.value.message
    assert "estore" in refused.value.next_step or "first" in refused.value.next_step


def test_without_a_board_the_systems_id_tells() -> None:
    chr_ = Origin(Mark("", "y1J"), "CHR", "7.16.2")
    loadable(chr_, chr_)
    with pytest.raises(Unfit):
        loadable(chr_, Origin(Mark("", "z2K"), "CHR", "7.16.2"))
