"""The script that prepares a router, run by simulated ones: what it makes, and that it does so once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis.strategies import text

from routeros import preparing
from routeros.preparing import Preparation, quoted, script
from routeros.simulator.console.printed import Printed
from routeros.simulator.console.shell import execute
from routeros.simulator.parts.services import CONNECTED
from tests.routeros.simulator.desk import Desk, running

NEAR = ("192.0.2.0/24", "2001:db8::/64")
WANTED = Preparation("watch", "s3cret", NEAR)
NAMES = text(min_size=1, max_size=40)


def run(desk: Desk, words: str) -> Printed:
    return execute(desk.router, None, words)


def told(desk: Desk, words: str) -> str:
    printed = run(desk, words)
    assert not printed.failed, printed
    return printed.text.strip()


def done(desk: Desk, wanted: Preparation = WANTED) -> None:
    told(desk, script(wanted))


@pytest.fixture(params=["hap_ac_lite", "hap_ax2", "7.24.4"])
def desk(request: pytest.FixtureRequest) -> Desk:
    """A router of v6, of v7, and of a version that calls the services' addresses otherwise; api-ssl is shut."""
    found = running("chr", "7.24.4") if request.param == "7.24.4" else Desk(request.param)
    told(found, "/ip service set api-ssl certificate=none disabled=yes")
    return found


def word(desk: Desk) -> str:
    """What the addresses of a service are called."""
    return "available-from" if desk.router.model.version >= CONNECTED else "address"


def near(desk: Desk) -> str:
    return told(desk, f":put [/ip service get api-ssl {word(desk)}]").replace(";", ",")


def test_a_user_with_few_rights_may_come_by_tls(desk: Desk) -> None:
    done(desk)
    assert told(desk, ":put [/user get watch group]") == "flotilla"
    policy = told(desk, ":put [/user group get flotilla policy]").replace(";", ",")
    assert {word for word in policy.split(",") if not word.startswith("!")} == {"read", "api"}
    assert told(desk, ":put [/user get watch address]").replace(";", ",") == ",".join(NEAR)
    assert told(desk, ":put [/ip service get api-ssl disabled]") == "false"
    assert told(desk, ":put [/ip service get api-ssl certificate]") == "flotilla"
    assert len(told(desk, ":put [/certificate get flotilla fingerprint]")) == 64
    assert near(desk) == ",".join(NEAR)


def test_running_it_again_changes_nothing(desk: Desk) -> None:
    done(desk)
    before = [told(desk, f"{menu} print detail") for menu in ("/user", "/user group", "/ip service", "/certificate")]
    exported = told(desk, "/export verbose")
    done(desk)
    assert told(desk, "/export verbose") == exported
    assert before == [
        told(desk, f"{menu} print detail") for menu in ("/user", "/user group", "/ip service", "/certificate")
    ]


def test_a_door_that_is_open_to_some_is_opened_to_the_pollers_as_well(desk: Desk) -> None:
    told(desk, f"/ip service set api-ssl disabled=no {word(desk)}=198.51.100.0/24")
    done(desk)
    assert near(desk) == f"198.51.100.0/24,{','.join(NEAR)}"


def test_a_door_that_is_open_to_all_stays_so(desk: Desk) -> None:
    told(desk, "/ip service set api-ssl disabled=no")
    done(desk)
    assert near(desk) == ""


def test_a_certificate_that_is_there_stays() -> None:
    desk = Desk("hap_ax2")
    done(desk)
    assert told(desk, ":put [/ip service get api-ssl certificate]") == "api"
    assert told(desk, ":put [:len [/certificate find name=flotilla]]") == "0"


def test_without_sources_nothing_is_restricted(desk: Desk) -> None:
    done(desk, Preparation("watch", "s3cret"))
    assert (near(desk), told(desk, ":put [/user get watch address]")) == ("", "")
    assert told(desk, ":put [/ip service get api-ssl disabled]") == "false"


def test_a_user_who_is_somebody_else_is_left_alone(desk: Desk) -> None:
    before = told(desk, "/export verbose")
    printed = run(desk, script(Preparation("admin", "s3cret", NEAR)))
    assert printed.failed
    assert "admin is a user of another group" in printed.error
    assert told(desk, ":put [/user get admin group]") == "full"
    after = told(desk, "/export verbose")
    told(desk, "/user group remove flotilla")
    assert before.split("\n")[1:] != after.split("\n")[1:]
    assert told(desk, "/export verbose").split("\n")[1:] == before.split("\n")[1:]


@settings(max_examples=50)
@given(NAMES)
def test_a_quoted_text_is_read_back(value: str) -> None:
    desk = Desk("hap_ax2")
    written = quoted(value)
    assert set(written) <= set(map(chr, range(32, 127))) - set("?$\t")
    assert run(desk, f":put {written}").text == f"{value}\n"


@settings(max_examples=30)
@given(NAMES, NAMES)
def test_no_name_runs_anything(username: str, password: str) -> None:
    desk = Desk("hap_ax2")
    run(desk, script(Preparation(username, password)))
    users = {row["name"] for row in desk.rows("/user/print", "=.proplist=name")}
    assert users in ({"admin", username}, {"admin"})


@pytest.mark.parametrize(
    "name", ['"; /system reboot; "', "$[/system reboot]", "a\n/system reboot", "\\", 'x" do={', "?"]
)
def test_what_looks_like_a_command_is_a_name(name: str) -> None:
    desk = Desk("hap_ax2")
    done(desk, Preparation(name, name, NEAR))
    assert {row["name"] for row in desk.rows("/user/print")} == {"admin", name}


def test_a_password_is_never_the_same_and_never_printed() -> None:
    made = {preparing.password() for _ in range(100)}
    assert len(made) == 100
    assert all(len(one) == preparing.LENGTH and one.isalnum() for one in made)
    assert "s3cret" not in repr(WANTED)
