"""Which nets a push has, by version, mode, length and nearness to the path."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleet import versions
from fleet.changes import Nets
from routeros.push.nets import LONGEST_TIMER, NoNet, choose, timer
from routeros.push.survey import Survey


def met(version: str, *, scheduler: bool = True) -> Survey:
    return Survey(versions.version(version), "gw-1", flash=False, scheduler=scheduler, others=(), gateways=())


@pytest.mark.parametrize(
    ("version", "actions", "risky", "nets"),
    [
        ("7.21.4", 80, False, Nets(safe_mode=True, trial=True)),
        ("7.21.4", 80, True, Nets(safe_mode=True, restore=True, trial=True)),
        ("7.21.4", 81, False, Nets(restore=True, trial=True)),
        ("7.18", 1, False, Nets(safe_mode=True, trial=True)),
        ("7.17.2", 1, False, Nets(restore=True, trial=True)),
        ("7.15.3", 1, False, Nets(restore=True)),
        ("6.49.18", 1, True, Nets(restore=True)),
    ],
)
def test_the_nets_follow_from_version_and_change(version: str, actions: int, risky: bool, nets: Nets) -> None:
    assert choose(met(version), actions, risky=risky, overridden=False) == nets


@pytest.mark.parametrize(
    ("version", "actions", "risky"), [("7.21.4", 1, True), ("7.21.4", 81, False), ("6.49", 1, False)]
)
def test_without_a_timer_it_takes_a_persons_word(version: str, actions: int, risky: bool) -> None:
    home = met(version, scheduler=False)
    with pytest.raises(NoNet, match="device-mode"):
        choose(home, actions, risky=risky, overridden=False)
    assert not choose(home, actions, risky=risky, overridden=True).restore


def test_a_push_that_is_not_near_the_path_needs_no_timer_where_safe_mode_holds_it() -> None:
    assert choose(met("7.21.4", scheduler=False), 1, risky=False, overridden=False).safe_mode


def test_the_timer_grows_with_the_change_and_has_an_end() -> None:
    assert timer(1) == timedelta(minutes=2)
    assert timer(100) == timedelta(seconds=145)
    assert timer(10**6) == LONGEST_TIMER
