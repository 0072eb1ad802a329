"""Users' own keys: how they come to a router, who enters with them, and who may no longer enter with a password."""

from __future__ import annotations

import asyncssh
import pytest

from routeros.simulator.parts.files import Files
from tests.fixtures.simulator import Factory
from tests.routeros.simulator.desk import Desk
from tests.routeros.simulator.doors.ssh.guests import nothing, over_ssh
from tests.routeros.simulator.test_clients import entered
from tests.routeros.simulator.test_schema import router

ED25519 = asyncssh.generate_private_key("ssh-ed25519", "me@home")
RSA = asyncssh.generate_private_key("ssh-rsa", "me@work", key_size=1024)


def public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode()


def test_a_key_is_taken_out_of_a_file_which_is_gone_afterwards() -> None:
    desk = Desk(router=router("hap_ax2", "7.16.2"))
    desk.router.part(Files).write("me.pub", public(ED25519).encode())
    assert desk.ask("/user/ssh-keys/import", "=public-key-file=me.pub", "=user=admin") == [("!done", {})]
    (row,) = desk.rows("/user/ssh-keys/print")
    assert row == {".id": "*1", "user": "admin", "key-type": "ed25519", "bits": "256", "key-owner": "me@home"}
    assert not desk.router.part(Files).has("me.pub")
    assert desk.ask("/user/ssh-keys/remove", "=.id=*1") == [("!done", {})]
    assert desk.rows("/user/ssh-keys/print") == []


@pytest.mark.parametrize(
    ("persona", "key"),
    [("hap_ax2", "no key"), ("hap_ax2", ""), ("hap_ac_lite", public(ED25519))],
    ids=["no key", "nothing", "too new"],
)
def test_what_a_version_cannot_use_is_refused(persona: str, key: str) -> None:
    desk = Desk(persona)
    desk.router.part(Files).write("me.pub", key.encode())
    trap = desk.trap("/user/ssh-keys/import", "=public-key-file=me.pub", "=user=admin")
    assert trap["message"].startswith("unable to load key file")
    assert desk.router.part(Files).has("me.pub")


def test_a_key_belongs_to_someone() -> None:
    desk = Desk("hap_ax2")
    trap = desk.trap("/user/ssh-keys/add", f"=key={public(ED25519)}", "=user=nobody")
    assert trap["message"] == "input does not match any value of user"


def test_who_has_a_key_enters_with_it_and_no_longer_with_the_password(simulator: Factory) -> None:
    served = simulator(2)
    name = served.inventory[1].username
    over_ssh(served, 1, nothing)
    with entered(served, 1) as api:
        list(api("/user/ssh-keys/add", key=public(ED25519), user=name))
        over_ssh(served, 1, nothing, client_keys=[ED25519], password=None)
        for keys in (None, [RSA]):
            with pytest.raises(asyncssh.PermissionDenied):
                over_ssh(served, 1, nothing, client_keys=keys)
        (row,) = api("/ip/ssh/print")
        allowed = {"password-authentication": "yes"} if "password-authentication" in row else {}
        list(api("/ip/ssh/set", **(allowed or {"always-allow-password-login": "yes"})))
    over_ssh(served, 1, nothing)


def test_version_6_knows_rsa_keys(simulator: Factory) -> None:
    served = simulator(1)
    router = served.control("stats", device=0) and served.simulation.router(0)
    assert router is not None
    router.part(Files).write("flash/me.pub", public(RSA).encode())
    with entered(served, 0) as api:
        list(api("/user/ssh-keys/import", user=served.inventory[0].username, **{"public-key-file": "flash/me.pub"}))
        (row,) = api("/user/ssh-keys/print")
    assert (row["bits"], row["key-owner"]) == (1024, "me@work")
    over_ssh(served, 0, nothing, client_keys=[RSA], password=None)


def test_a_user_that_is_disabled_does_not_enter_with_a_key(simulator: Factory) -> None:
    served = simulator(2)
    with entered(served, 1) as api:
        list(api("/user/add", name="robot", group="full", password="x"))
        list(api("/user/ssh-keys/add", key=public(ED25519), user="robot"))
        over_ssh(served, 1, nothing, username="robot", client_keys=[ED25519], password=None)
        list(api("/user/set", numbers="robot", disabled="yes"))
    with pytest.raises(asyncssh.PermissionDenied):
        over_ssh(served, 1, nothing, username="robot", client_keys=[ED25519], password=None)
