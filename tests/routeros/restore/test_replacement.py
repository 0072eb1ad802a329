"""What another device cannot take over is listed, each with what to do; what it can is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from routeros.export.document import parse
from routeros.restore import Hardware, Loss, Port, losses
from routeros.restore.replacement import Why

TEXT = """\
# 2026-01-05 12:00:00 by RouterOS 7.16.2
# software id = ABCD-1234
#
# model = RB4011iGS+
# serial number = HCX0001
/interface bridge
add admin-mac=D4:01:C3:75:18:94 auto-mac=no name=bridge1
/interface ethernet
set [ find default-name=ether1 ] name=wan
set [ find default-name=ether10 ] comment=camera mac-address=D4:01:C3:75:18:95
set [ find default-name=sfp-sfpplus1 ] name=uplink
/interface bridge port
add bridge=bridge1 interface=ether2
add bridge=bridge1 interface=ether9
add bridge=bridge1 interface=uplink
/ip address
add address=10.0.0.1/24 interface=bridge1
/ip dhcp-server lease
add address=10.0.0.9 mac-address=BC:24:11:80:55:00
/ip service
set www-ssl certificate=web.crt disabled=no
set api-ssl certificate=web.crt
set ssh port=22
/system leds
set 0 interface=ether1 leds=user-led type=interface-activity
/user
add group=full name=flotilla
"""
NEW = Hardware("hEX S", "7.16.2", tuple(Port(f"ether{n}") for n in range(1, 6)))


def found(text: str, new: Hardware = NEW) -> list[Loss]:
    return losses(parse(text), new)


def whats(why: Why, menu: str = "", new: Hardware = NEW) -> list[str]:
    return [loss.what for loss in found(TEXT, new) if loss.why is why and loss.menu.startswith(menu)]


def test_passwords_keys_and_certificates_are_in_no_export() -> None:
    assert whats(Why.NOT_EXPORTED, "/user") == ["admin", "flotilla", "SSH keys of users"]
    assert whats(Why.NOT_EXPORTED, "/certificate") == ["web.crt"]
    (certificate,) = [loss for loss in found(TEXT) if loss.menu == "/certificate"]
    assert "/ip/service" in certificate.text


def test_ports_that_are_not_there_are_named_once_with_what_there_is() -> None:
    assert whats(Why.OTHER_PORT) == ["ether10", "sfp-sfpplus1", "ether9"]
    text = {loss.what: loss.text for loss in found(TEXT)}
    assert "called uplink" in text["sfp-sfpplus1"]
    assert all("ether1, ether2" in loss.next_step for loss in found(TEXT) if loss.why is Why.OTHER_PORT)


def test_only_addresses_that_were_the_devices_own_are_listed() -> None:
    assert whats(Why.OTHER_ADDRESS) == ["D4:01:C3:75:18:94", "D4:01:C3:75:18:95"]


def test_what_is_about_the_board_is_left_out_unless_it_is_the_same_model() -> None:
    assert whats(Why.OTHER_BOARD) == ["/system/leds"]
    same = Hardware(
        "RB4011iGS+", "7.16.2", (*NEW.ports, *(Port(f"ether{n}") for n in range(6, 11)), Port("sfp-sfpplus1"))
    )
    assert whats(Why.OTHER_BOARD, new=same) == []
    assert whats(Why.OTHER_PORT, new=same) == []


def test_another_major_version_has_other_menus() -> None:
    assert whats(Why.OTHER_VERSION) == []
    assert whats(Why.OTHER_VERSION, new=Hardware("x", "6.49.18", NEW.ports)) == ["RouterOS 7.16.2"]


def test_radios_need_their_driver() -> None:
    text = "/interface wifi\nset [ find default-name=wifi1 ] configuration.ssid=home\n"
    assert [loss.menu for loss in found(text) if loss.why is Why.OTHER_BOARD] == ["/interface/wifi"]
    there = Hardware("x", "7.16.2", NEW.ports, frozenset({"/interface/wifi"}))
    assert [loss.menu for loss in found(text, there) if loss.why is Why.OTHER_BOARD] == []


def test_no_loss_tells_a_secret() -> None:
    told = " ".join(
        f"{loss.what} {loss.text} {loss.next_step}"
        for loss in found(TEXT + '/ppp secret\nadd name=x password="hush hush"\n')
    )
    assert "hush" not in told


REAL = sorted((Path(__file__).parents[4] / "shared" / "data" / "exports").glob("*.rsc"))


@pytest.mark.skipif(not REAL, reason="the exports of ../shared/data are not here")
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_a_real_export_onto_its_own_model_loses_what_no_export_holds_and_its_addresses(path: Path) -> None:
    document = parse(path.read_text())
    ports = {
        name for c in document.commands for name in [c.target.partition("default-name=")[2].rstrip(" ]")] if name
    }
    ports |= {
        f"{stem}{n}" for stem in ("ether", "sfp-sfpplus", "qsfpplus1-", "qsfpplus2-", "sfp28-") for n in range(1, 30)
    }
    own = Hardware(document.header.model, document.header.version, tuple(map(Port, sorted(ports))))
    assert {loss.why for loss in losses(document, own)} <= {Why.NOT_EXPORTED, Why.OTHER_ADDRESS}
