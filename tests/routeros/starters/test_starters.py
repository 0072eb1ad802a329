"""Every starter makes text that routers of version 6 and 7 take, and that is true of them afterwards."""

from __future__ import annotations

import pytest

from fleet.templates import Kind, Mode
from routeros.export import parse
from routeros.plan import plan
from routeros.simulator.device.model import Model
from routeros.simulator.router import Router
from routeros.starters import starters
from routeros.templating import Facts, preview, render
from tests.routeros.plan.worlds import blank, body, perform, run

GIVEN = {
    "basic-router": {"identity": 'r1 "x" $y'},
    "dhcp": {"domain": "example.org"},
    "firewall": {"management": "203.0.113.0/24"},
    "management-access": {"identity": "r1", "networks": "203.0.113.0/24,192.0.2.0/24", "ntp": "192.0.2.9"},
    "wireless-ap": {"ssid": "at home", "passphrase": 'a "b" $c;d', "country": "latvia"},
}
BEFORE = {
    "dhcp": "/interface bridge add name=bridge-lan\n",
    "firewall": "/interface list add name=WAN\n/ip firewall filter add chain=input action=accept comment=old\n",
}
ROUTERS = ("ccr2004", "hap_ac_lite", "hap_ax2")


def given(name: str, persona: str) -> dict[str, object]:
    old = name == "wireless-ap" and persona == "hap_ac_lite"
    return GIVEN[name] | ({"driver": "wireless", "interface": "wlan1"} if old else {})


def facts(router: Router) -> Facts:
    model: Model = router.model
    return Facts("r1", version=str(model.version), model=model.persona.board.model or "")


@pytest.mark.parametrize("name", sorted(GIVEN))
@pytest.mark.parametrize("persona", ROUTERS)
def test_a_starter_applies_and_applies_once(name: str, persona: str) -> None:
    template, router = starters()[name], blank(persona)
    if name == "wireless-ap" and persona == "ccr2004":
        pytest.skip("it has no radio")
    if name == "basic-router" and persona == "ccr2004":
        values = given(name, persona) | {"first_port": 1, "last_port": 1, "uplink": "sfp-sfpplus1"}
    else:
        values = given(name, persona)
    run(router, BEFORE.get(name, ""))
    text = parse(render(template, values, facts(router)))
    whole = template.mode is Mode.WHOLE
    menus = set(text.sections)
    found = plan(parse(body(router)), text, menus, whole=whole)
    assert found
    perform(router, found.operations)
    assert not plan(parse(body(router)), text, menus, whole=whole)
    perform(router, found.undo)
    assert plan(parse(body(router)), text, menus, whole=whole)


def test_there_are_five_and_each_tells_what_its_variables_are_for() -> None:
    assert sorted(starters()) == sorted(GIVEN)
    for template in starters().values():
        assert all(variable.about.endswith(".") for variable in template.variables)


def test_a_preview_tells_no_secret() -> None:
    template = starters()["wireless-ap"]
    assert [v.name for v in template.variables if v.kind is Kind.SECRET] == ["passphrase"]
    values = given("wireless-ap", "hap_ax2") | {"passphrase": "geheim geheim"}
    assert "geheim" in render(template, values, Facts("r1"))
    assert "geheim" not in preview(template, values, Facts("r1"))
