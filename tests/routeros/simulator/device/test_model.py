"""A device follows from seed and index; every persona keeps the contract."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from fleet import versions
from fleet.errors import BadInput
from routeros.simulator.device import layout, measures, naming
from routeros.simulator.device.layout import Part
from routeros.simulator.device.model import PERSONAS, Model, chosen
from routeros.simulator.device.persona import Driver, Persona, Role

NOW = 1_790_000_000.0
EACH = pytest.mark.parametrize("persona", PERSONAS.values(), ids=lambda p: p.name)


def facts(model: Model) -> str:
    traffic = measures.traffic(model, np.array([NOW]))
    facts = [model.identity, model.serial, str(model.version), model.address, repr(model.interfaces)]
    return json.dumps([*facts, traffic.bytes.tolist(), measures.cpu_load(model, np.array([NOW])).tolist()])


def test_the_same_seed_and_index_are_the_same_device() -> None:
    assert facts(Model(7, 12)) == facts(Model(7, 12))
    assert len({facts(Model(seed, index)) for seed in (7, 8) for index in range(20)}) == 40


def test_a_fleet_is_a_mix_with_sites_of_a_gateway_a_switch_and_access_points() -> None:
    fleet = [Model(3, index) for index in range(400)]
    shares = Counter(model.persona.name for model in fleet)
    assert set(shares) == {name for name, persona in PERSONAS.items() if persona.weight}
    assert shares["hap_ax2"] > shares["hap_ac_lite"] > shares["chr"]
    first = fleet[: naming.SITE_SIZE]
    assert {model.site.name for model in first} == {first[0].site.name}
    assert [model.persona.role for model in first[:3]] == [Role.GATEWAY, Role.SWITCH, Role.ACCESS_POINT]
    assert first[3].identity == f"{first[0].site.name}-ap-02"


@pytest.mark.parametrize("personas", [(), ("chr", "hap_ax2")])
def test_identities_serials_and_addresses_are_unique(personas: tuple[str, ...]) -> None:
    fleet = [Model(3, index, personas) for index in range(1200)]
    assert len({model.identity for model in fleet}) == 1200
    assert len({model.address for model in fleet}) == 1200
    boards = [model.serial for model in fleet if model.serial]
    assert len(set(boards)) == len(boards)
    assert [naming.index_at(model.address) for model in fleet] == list(range(1200))


def test_a_few_are_busy_and_a_few_restart_often() -> None:
    fleet = [Model(5, index) for index in range(600)]
    times = NOW + 3600 * np.arange(24 * 7.0)
    load = np.array([measures.cpu_load(model, times).mean() for model in fleet])
    assert np.median(load) < 30
    assert 0 < (load > 45).mean() < 0.1
    booted = np.array([len(set(model.booted(times).tolist())) - 1 for model in fleet])
    assert 0 < (booted >= 4).mean() < 0.08
    assert (booted == 0).mean() > 0.7


@EACH
def test_a_persona_keeps_the_contract(persona: Persona) -> None:
    model = Model(1, 0, (persona.name,))
    assert str(model.version) in persona.versions
    assert all(
        versions.version(text) for text in (*persona.versions, *([persona.factory] if persona.factory else []))
    )
    assert bool(persona.board.model) == bool(model.serial) == bool(persona.factory)
    assert bool(persona.driver) == bool(persona.radios + persona.caps)
    assert len({sensor.name for sensor in persona.sensors}) == len(persona.sensors)
    assert len({i.name for i in model.interfaces}) == len(model.interfaces) == len({i.mac for i in model.interfaces})
    assert sum(interface.part is Part.UPLINK for interface in model.interfaces) == 1
    assert len(json.dumps(persona.board.name)) < 40


@EACH
def test_what_a_persona_measures_is_believable(persona: Persona) -> None:
    model = Model(2, 1, (persona.name,))
    times = NOW + 300 * np.arange(2016.0)
    now = measures.resource(model, times)
    assert ((now.cpu_load >= 1) & (now.cpu_load <= 100)).all()
    assert ((now.free_memory > 0) & (now.free_memory < persona.board.memory)).all()
    assert ((now.free_disk > 0) & (now.free_disk < persona.board.disk)).all()
    assert (now.uptime >= 0).all()
    for sensor, level in zip(persona.sensors, measures.sensors(model, times), strict=True):
        assert (level > 0).all()
        assert sensor.state or (abs(level - sensor.base) <= 0.25 * sensor.base + sensor.load + 4).all()
    for interface in model.interfaces:
        if interface.radio:
            clients = measures.clients(model, interface, times)
            assert clients.present.sum(axis=0).max() > 0
            assert ((clients.quality >= 18) & (clients.quality <= 100)).all()


@EACH
def test_no_port_carries_more_than_its_speed(persona: Persona) -> None:
    for index in range(6):
        model = Model(4, index, (persona.name,))
        times = NOW + 60 * np.arange(1440.0)
        counts = measures.traffic(model, times).bytes.reshape(2, len(model.interfaces), -1)
        rates = np.diff(counts) * 8 / 60 / 1e6
        for place, interface in enumerate(model.interfaces):
            if interface.speed:
                assert rates[:, place].max() < interface.speed, interface.name


def test_what_a_gateway_receives_from_outside_it_sends_on() -> None:
    model = Model(4, 0, ("ccr2004",))
    leaves = [place for place, i in enumerate(model.interfaces) if i.part is Part.LEAF]
    uplink = next(place for place, i in enumerate(model.interfaces) if i.part is Part.UPLINK)
    received, sent = measures.traffic(model, np.array([NOW])).bytes.reshape(2, -1)
    assert received[uplink] == pytest.approx(sent[leaves].sum(), rel=0.15)
    assert sent[uplink] == pytest.approx(received[leaves].sum(), rel=0.15)


def test_a_driver_decides_what_radios_are_called() -> None:
    kinds = {Driver.WIRELESS: "wlan", Driver.WIFI: "wifi"}
    for persona in PERSONAS.values():
        names = {i.type for i in layout.interfaces(persona, 1, loopback=False) if i.radio}
        own = {kinds[persona.driver]} if persona.driver and persona.radios else set()
        assert names == own | ({"cap"} if persona.caps else set())


def test_an_unknown_persona_is_told_with_the_choices() -> None:
    with pytest.raises(BadInput, match=r"no persona 'hap'.*Choose from: ccr1036, ccr2004, chr"):
        chosen(("chr", "hap"))
