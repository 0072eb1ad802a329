"""What only asks is let through within its bounds; what writes or is unknown is refused with a next step."""

from __future__ import annotations

import pytest

from fleet.errors import BadInput, FleetError
from fleet.questions import Keep
from routeros.inquiry import EXTRAS, Refused, Wish, asks
from routeros.inquiry.allowed import NeedsPush


@pytest.mark.parametrize("command", ["/ip/address/print", "/interface/wifi/print", "/log/print"])
def test_any_menu_may_be_printed(command: str) -> None:
    menu, _, verb = command.rpartition("/")
    assert asks(Wish(menu, verb)).command == command


def test_monitors_tell_once() -> None:
    asking = asks(Wish("/interface/ethernet", "monitor", {"numbers": "ether1"}))
    assert asking.attributes == {"numbers": "ether1", "once": ""}


@pytest.mark.parametrize(
    "command",
    [
        *(
            "/ip/address/add",
            "/ip/address/set",
            "/ip/address/remove",
            "/ip/firewall/filter/move",
            "/interface/enable",
        ),
        *("/interface/ethernet/reset-counters", "/export", "/import", "/system/reset-configuration"),
    ],
)
def test_what_writes_is_led_to_the_push(command: str) -> None:
    menu, _, verb = command.rpartition("/")
    with pytest.raises(NeedsPush) as refused:
        asks(Wish(menu, verb, {"address": "10.0.0.1/24"}))
    assert "Push it" in refused.value.next_step


@pytest.mark.parametrize(
    "command",
    [
        *("/execute", "/tool/fetch", "/system/script/run", "/system/reboot", "/system/ssh", "/quit"),
        "/tool/sniffer/quick",
        *("/system/backup/save", "/user/print/print2", "/certificate/export-certificate", "/tool/bandwidth-test"),
    ],
)  # fmt: skip
def test_what_is_not_on_the_list_is_refused(command: str) -> None:
    menu, _, verb = command.rpartition("/")
    with pytest.raises(FleetError) as refused:
        asks(Wish(menu, verb))
    assert refused.value.code in ("command_refused", "bad_input", "needs_push")
    assert refused.value.next_step


@pytest.mark.parametrize(
    ("menu", "verb", "attributes"),
    [
        ("/ip/address", "print", {"file": "x"}),
        ("/ip/address", "print", {"follow": ""}),
        ("/interface", "monitor-traffic", {"interface": "ether1", "do": ":beep"}),
        ("", "ping", {}),
        ("", "ping", {"address": "10.0.0.1", "count": "21"}),
        ("", "ping", {"address": "10.0.0.1", "interval": "1h"}),
        ("/tool", "torch", {}),
        ("/tool", "torch", {"interface": "ether1", "duration": "10m"}),
        ("/tool", "traceroute", {"address": "10.0.0.1", "count": "0"}),
        ("/ip address", "print", {}),
        ("/ip/../user", "print", {}),
        ("/ip/address", "Print", {}),
    ],
)
def test_what_is_out_of_bounds_is_bad_input(menu: str, verb: str, attributes: dict[str, str]) -> None:
    with pytest.raises(BadInput) as refused:
        asks(Wish(menu, verb, attributes))
    assert refused.value.code == "bad_input"


def test_a_ping_ends_and_so_does_a_torch() -> None:
    assert asks(Wish("", "ping", {"address": "10.0.0.1"})).attributes == {
        "address": "10.0.0.1",
        "count": "5",
        "interval": "1s",
    }
    torch = asks(Wish("/tool", "torch", {"interface": "ether1"}))
    assert (torch.attributes["duration"], torch.keep) == ("10s", Keep.SECTION)


@pytest.mark.parametrize("command", sorted(EXTRAS))
def test_an_extra_is_asked_only_where_it_is_allowed(command: str) -> None:
    menu, _, verb = command.rpartition("/")
    given = dict.fromkeys(EXTRAS[command].needs, "ether1")
    with pytest.raises(Refused) as refused:
        asks(Wish(menu, verb, given), extras=())
    assert "settings" in refused.value.next_step
    assert asks(Wish(menu, verb, given), extras={command}).command == command


@pytest.mark.parametrize("command", ["/ping", "/tool/torch", "/interface/monitor-traffic", *sorted(EXTRAS)])
def test_the_owner_judges_again_and_comes_to_the_same(command: str) -> None:
    menu, _, verb = command.rpartition("/")
    given = {name: "ether1" for name in ("address", "interface", "numbers") if name in _takes(command)}
    once = asks(Wish(menu, verb, given))
    assert asks(Wish(menu, verb, once.attributes)) == once


def _takes(command: str) -> frozenset[str]:
    if command in EXTRAS:
        return EXTRAS[command].takes
    return frozenset({"address"} if command == "/ping" else {"interface"})


def test_rows_and_properties_are_picked_by_print_alone() -> None:
    assert asks(Wish("/ip/address", "print", {}, {"interface": "ether1"}, ("address",)))
    with pytest.raises(BadInput):
        asks(Wish("/interface", "monitor-traffic", {"interface": "ether1"}, {"name": "x"}))
    with pytest.raises(BadInput):
        asks(Wish("/ip/address", "print", {}, {"a b": "x"}))
