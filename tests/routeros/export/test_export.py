"""Exports: what they say, what of it is noise, what is secret, and whether they are whole."""

from __future__ import annotations

import pytest

from routeros.export import Document, Header, diff, faults, normalise, parse, redact
from routeros.export.normal import same
from routeros.export.secrets import MASK, secret

NEW = (
    "# 2026-02-21 15:28:26 by RouterOS 7.19.4\r\n# software id = 91XQ-9UAD\r\n#\r\n"
    "# model = CCR2004-1G-12S+2XS\r\n# serial number = D4F00DCEEFD0\r\n"
)
OLD = "# sep/11/2023 10:02:01 by RouterOS 6.49.10\n# software id = 91XQ-9UAD\n#\n"
FIREWALL = "/ip firewall filter\nadd chain=input comment=a\nadd chain=input comment=b\nadd chain=input comment=c\n"


def changes(before: str, after: str) -> list[str]:
    return [line for delta in diff(parse(before), parse(after)) for line in delta.lines()]


@pytest.mark.parametrize(
    ("text", "header"),
    [
        (
            NEW,
            Header("2026-02-21 15:28:26", "7.19.4", "91XQ-9UAD", "", "CCR2004-1G-12S+2XS", "D4F00DCEEFD0"),
        ),
        (OLD, Header("sep/11/2023 10:02:01", "6.49.10", "91XQ-9UAD")),
        ("# jan/02/1970 00:00:10 by RouterOS 7.8\n# software id = \n#\n", Header("jan/02/1970 00:00:10", "7.8")),
        ("# system id = dJn1z08G2hD\n", Header(system_id="dJn1z08G2hD")),
        ("/ip address\n", Header()),
    ],
)
def test_the_header_is_read_in_all_its_styles(text: str, header: Header) -> None:
    assert parse(text).header == header


def test_sections_and_commands_are_read() -> None:
    document = parse(
        '/interface ethernet\r\nset [ find default-name=ether1 ] l2mtu=9124 \\\r\n    comment="a b"\r\n'
        "/ip service\nset ftp disabled=yes\n/port\nset 0 name=serial0\n/ip address add address=10.0.0.1/8\n"
        "/ip/address/add address=10.0.0.2/8 passive\n/routing bgp connection\nadd remote.address=1.1.1.1 .as=65000\n"
    )
    told = [(c.menu, c.verb, c.target, dict(c.arguments)) for c in document.commands]
    assert told == [
        ("/interface/ethernet", "set", "[ find default-name=ether1 ]", {"l2mtu": "9124", "comment": "a b"}),
        ("/ip/service", "set", "ftp", {"disabled": "yes"}),
        ("/port", "set", "0", {"name": "serial0"}),
        ("/ip/address", "add", "", {"address": "10.0.0.1/8"}),
        ("/ip/address", "add", "", {"address": "10.0.0.2/8", "passive": None}),
        ("/routing/bgp/connection", "add", "", {"remote.address": "1.1.1.1", "remote.as": "65000"}),
    ]
    assert list(document.sections)[1] == "/ip/service"


def test_noise_is_left_out() -> None:
    noisy = NEW + (
        "/interface ethernet\r\n# poe-out status: short_circuit\r\nset [ find default-name=ether1 ] mtu=9000 \\\r\n"
        '    l2mtu=9124\r\n# inactive time\r\n/ip address\r\nadd interface=b address="10.0.0.2/24"\r\n'
        "add address=1.1.1.1/8\r\n"
    )
    quiet = NEW.replace("15:28:26", "16:00:00").replace("\r", "") + (
        "/interface ethernet\nset [ find default-name=ether1 ] l2mtu=9124 mtu=9000\n"
        "/ip address\nadd address=1.1.1.1/8\nadd address=10.0.0.2/24 interface=b\n"
    )
    assert same(parse(noisy), parse(quiet))
    assert diff(parse(noisy), parse(quiet)) == []
    assert str(normalise(parse(noisy))).splitlines()[0] == "# by RouterOS 7.19.4"


@pytest.mark.parametrize(
    "other",
    [
        NEW.replace("7.19.4", "7.20.6"),
        NEW.replace("D4F00DCEEFD0", "D4F00DCEEFD1"),
        NEW + '#error exporting "/ip/dns" (timeout)\n',
        NEW + "/ip dns\nset servers=1.1.1.1\n",
    ],
)
def test_what_is_no_noise_stays(other: str) -> None:
    assert not same(parse(NEW), parse(other))


def test_order_matters_in_a_firewall_and_nowhere_else() -> None:
    lines = FIREWALL.splitlines()
    turned = "\n".join([lines[0], lines[3], lines[1], lines[2]]) + "\n"
    assert not same(parse(FIREWALL), parse(turned))
    (delta,) = diff(parse(FIREWALL), parse(turned))
    assert [command.get("comment") for command in delta.moved] == ["c"]
    assert delta.lines() == ["~ add chain=input comment=c"]
    lists = FIREWALL.replace("filter", "address-list")
    assert diff(parse(lists), parse(turned.replace("filter", "address-list"))) == []


def test_differences_name_what_changed() -> None:
    before = "/ip address\nadd address=10.0.0.1/24 interface=a\nadd address=10.0.1.1/24 interface=b\n"
    before += "/ip dns\nset servers=1.1.1.1\n"
    after = (
        "/ip address\nadd address=10.0.0.1/24 comment=x interface=a\nadd address=10.0.9.1/24 interface=c\n"
        "/ip dns\nset servers=8.8.8.8\n"
    )
    address, dns = diff(parse(before), parse(after))
    assert [change.properties for change in address.changed] == [("comment",)]
    assert [command.get("interface") for command in address.removed] == ["b"]
    assert [command.get("interface") for command in address.added] == ["c"]
    assert dns.lines() == ["- set servers=1.1.1.1", "+ set servers=8.8.8.8"]


def test_a_row_twice_is_two_rows() -> None:
    once = "/system logging\nadd topics=a\n"
    (delta,) = diff(parse(once), parse(once + "add topics=a\n"))
    assert len(delta.added) == 1
    assert not delta.removed + delta.changed + delta.moved


def test_secrets_are_compared_and_never_shown() -> None:
    before = "/interface wireless security-profiles\nadd name=x wpa2-pre-shared-key=oldsecret\n"
    after = before.replace("oldsecret", "newsecret")
    told = changes(before, after)
    assert len(told) == 2
    assert told[0] != told[1]
    assert "secret" not in "".join(told).replace("security", "")


@pytest.mark.parametrize(
    ("menu", "name"),
    [
        ("/ppp/secret", "password"),
        ("/radius", "secret"),
        ("/ip/ipsec/identity", "secret"),
        ("/interface/wifi/security", "passphrase"),
        ("/interface/wifi", "security.passphrase"),
        ("/interface/wireless/security-profiles", "wpa-pre-shared-key"),
        ("/interface/wireless/security-profiles", "wpa2-pre-shared-key"),
        ("/interface/wireless/security-profiles", "static-key-0"),
        ("/interface/wireguard", "private-key"),
        ("/interface/wireguard/peers", "preshared-key"),
        ("/routing/ospf/interface-template", "auth-key"),
        ("/routing/bgp/connection", "tcp-md5-key"),
        ("/snmp/community", "name"),
        ("/snmp/community", "authentication-password"),
        ("/interface/l2tp-client", "ipsec-secret"),
        ("/interface/lte", "pin"),
    ],
)
def test_a_secret_is_known_by_its_name(menu: str, name: str) -> None:
    assert secret(menu, name)


@pytest.mark.parametrize(
    "name",
    ["name", "public-key", "key-size", "comment", "pinned", "password-authentication", "secretary", "bandwidth"],
)
def test_other_properties_are_no_secrets(name: str) -> None:
    assert not secret("/ip/address", name)


def test_redacting_masks_and_leaves_the_rest_as_it_was() -> None:
    text = NEW + (
        '/ppp secret\r\nadd name=a \\\r\n    password=geheim\r\nadd name=b password=""\r\n'
        "/ip address\r\nadd \\\r\n    address=x\r\n"
        '/system script\r\nadd name=s source="/ppp secret add name=c password=geheim secret=\\"g h\\""\r\n'
        "/radius add secret=geheim\r\n"
    )
    redacted = str(redact(parse(text)))
    assert "geheim" not in redacted
    assert "g h" not in redacted
    assert f"add name=a password={MASK}\r\nadd name=b" in redacted
    assert 'add name=b password=""\r\n/ip address\r\nadd \\\r\n    address=x\r\n' in redacted
    assert [c.menu for c in parse(redacted).commands] == [c.menu for c in parse(text).commands]
    assert str(redact(parse(redacted))) == redacted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            NEW + '/ip dns\r\nset servers=1.1.1.1\r\n#error exporting "/ip/route" (timeout)\r\n',
            "export /ip/route (timeout)",
        ),
        (NEW + '/ip dns\r\nset servers="1.1.', "cut off or a quote"),
        (NEW + "/ip dns\r\nset servers=1.1.1.1 \\\r\n", "cut off or a quote"),
        (NEW + "/ip dns\r\nset servers=1.1.1.1 \\", "cut off or a quote"),
        (NEW + "/ip dns\r\nset servers=1.1.1", "middle of a line"),
        (NEW, "no command"),
        ("/ip dns\r\nset servers=1.1.1.1\r\n", "no header"),
        ("", "no command"),
    ],
)
def test_what_is_not_whole_is_found(text: str, reason: str) -> None:
    assert any(reason in fault for fault in faults(parse(text)))


def test_neither_a_fault_nor_a_printed_command_tells_a_secret() -> None:
    cut = parse(NEW + '/ppp secret\r\nadd password="geheim')
    assert "geheim" not in " ".join(faults(cut)) + repr(list(cut.commands)) + repr(diff(parse(NEW), cut))


@pytest.mark.parametrize("name", ["source", "lease-script", "down-script", "on-event", "on-master", "script"])
def test_what_a_script_sets_is_masked_within(name: str) -> None:
    written = f'/x\r\nadd {name}="/ppp secret set c password=geheim"\r\n'
    shown = str(redact(parse(NEW + written)))
    assert "geheim" not in shown
    assert "ppp secret set c" in shown


def test_a_whole_export_has_no_fault() -> None:
    assert faults(parse(NEW + "/ip dns\r\nset servers=1.1.1.1\r\n")) == []


def test_the_document_is_a_value() -> None:
    assert parse(NEW) == parse(NEW)
    assert parse("") == Document(())
