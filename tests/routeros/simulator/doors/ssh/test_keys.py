"""Host keys: the same at every start, different for each router, and another one when that is asked for."""

from __future__ import annotations

import asyncssh
import pytest

from fleet.versions import Version
from routeros.simulator.device.model import Firmware, Model
from routeros.simulator.doors.ssh import keys
from routeros.simulator.doors.ssh.keys import HostKeys
from tests.routeros.simulator.desk import Desk


def test_keys_follow_from_the_seed_and_differ_between_routers() -> None:
    once, again = ([keys.first(Model(5, n)).public for n in range(60)] for _ in range(2))
    assert once == again
    assert len(set(once)) == 60
    assert set(once).isdisjoint(keys.first(Model(6, n)).public for n in range(60))


@pytest.mark.parametrize(
    ("persona", "kind", "signs"),
    [("hap_ac_lite", "ssh-rsa", [b"ssh-rsa"]), ("hap_ax2", "ssh-ed25519", [b"ssh-ed25519"])],
)
def test_the_kind_of_key_follows_the_version(persona: str, kind: str, signs: list[bytes]) -> None:
    key = keys.first(Model(1, 0, (persona,)))
    assert key.public.split()[0] == kind
    assert list(key.pair(Model(1, 0, (persona,)).version).host_key_algorithms) == signs


@pytest.mark.parametrize("persona", ["hap_ac_lite", "hap_ax2"])
def test_public_and_private_halves_and_the_fingerprint_belong_together(persona: str) -> None:
    key = keys.first(Model(1, 0, (persona,)))
    public = asyncssh.import_public_key(key.public)
    pair = key.pair(Version(7, 16))
    assert pair.public_data == public.public_data
    assert keys.fingerprint(key.public) == public.get_fingerprint()
    data = b"to be signed"
    assert public.verify(data, pair.sign(data))


def test_regenerating_makes_another_key_each_time_of_the_kind_that_is_set() -> None:
    desk = Desk("hap_ax2")
    seen = [desk.router.part(HostKeys).present.public]
    for kind in ("ed25519", "rsa", "rsa"):
        desk.ask("/ip/ssh/set", f"=host-key-type={kind}")
        assert desk.ask("/ip/ssh/regenerate-host-key") == [("!done", {})]
        seen.append(desk.router.part(HostKeys).present.public)
    assert len(set(seen)) == 4
    assert [public.split()[0] for public in seen] == ["ssh-ed25519", "ssh-ed25519", "ssh-rsa", "ssh-rsa"]
    assert b"rsa-sha2-256" in desk.router.part(HostKeys).present.pair(Version(7, 16)).host_key_algorithms


def test_a_key_stays_over_an_upgrade_and_can_sign_in_new_ways_then() -> None:
    model = Model(1, 0, ("hap_ac_lite",))
    upgraded = model.restarted(0.0, Firmware(Version(7, 16), ()))
    assert keys.first(upgraded) == keys.first(model)
    assert b"rsa-sha2-256" in keys.first(upgraded).pair(upgraded.version).host_key_algorithms
