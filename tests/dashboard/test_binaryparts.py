"""What the tab Config of a device offers beside its versions: binary backups, a policy, a replacement."""

from __future__ import annotations

from db import backups, binaries
from db.binaries import Binary, Origin
from db.keyring import Keyring
from fleet.identity import Role
from tests.dashboard.seats import Screen, Seat, text


def test_binary_backups_are_loaded_by_those_who_write_once_the_identity_is_written(screen: Screen) -> None:
    web, north = screen.web, screen.web.north
    device, keyring = north.devices[0], Keyring(web.context.vault)
    with backups.writing(web.context.stores) as session:
        who = north.id, device.id, "eve", web.clock.now()
        made = binaries.store(
            session, keyring, who, Origin("7.16.1", "RB4011", "HD0812", "1"), Binary(b"x" * 2048, "p")
        )
    path = f"device/{device.id}/config"
    told = text(Seat(web.browser(north, Role.OPERATOR), north).call("config-tables.children", path))
    for word in ("Binary backups", "HD0812", f"binaries/{made}/load", "Write north to confirm", "Replace the device"):
        assert word in told, word
    seen = text(Seat(web.browser(north, Role.VIEWER), north).call("config-tables.children", path))
    assert "HD0812" in seen
    for word in ("/load", "Replace the device", "Backup policy"):
        assert word not in seen, word


def test_a_difference_says_who_did_what_in_between(screen: Screen, north: Seat) -> None:
    for servers in (b"192.0.2.1", b"192.0.2.2"):
        screen.web.configuration(
            screen.web.north, b"# 2026-01-05 12:00:00 by RouterOS 7.16\n/ip dns\nset servers=" + servers + b"\n"
        )
    told = text(north.call("device-view.children", f"device/{north.tenant.devices[0].id}/config?version=2&against=1"))
    assert "Who did what in between" in told
    assert "eve" in told
    assert "filter rule changed" in told
