"""Secrets in odd places: what an export masks, whichever menu or script holds it."""

from __future__ import annotations

import pytest

from routeros.export import parse, redact
from routeros.export.secrets import masked

LEAK = "hunter2"


@pytest.mark.parametrize(
    "line",
    [
        "/system ntp key\nadd key-id=1 key-val=hunter2",
        "/tool romon\nset enabled=yes secrets=hunter2",
        "/ip ipsec key psk\nadd key=hunter2 name=a",
        "/iot lora servers\nadd key=hunter2 name=a",
        "/iot bluetooth peripheral-devices\nadd mtik-key=hunter2",
        "/interface l2tp-ether\nadd peer-cookie=hunter2 send-cookie=hunter2",
        '/tool netwatch\nadd down-script="/user set a password=hunter2" host=10.0.0.1',
        '/ip dhcp-server\nadd lease-script="/tool fetch url=x password=\\"hunter2\\"" name=a',
        '/interface vrrp\nadd on-master=":local pass \\"hunter2\\""',
        '/system script\nadd name=a source="/user set a password=(\\"hun\\" . \\"hunter2\\")"',
        '/system script\nadd name=a source=":global botToken \\"hunter2\\"\\r\\n:set \\"wifi_password\\" hunter2"',
        '/system script\nadd name=a source="/tool fetch url=\\"https://api.telegram.org/bot12:hunter2/send\\""',
        '/system script\nadd name=a source="/tool fetch url=\\"ftp://me:hunter2@10.0.0.1/x\\""',
        '/system script\nadd name=a source="http-header-field=\\"Authorization: Bearer hunter2\\""',
        '/user\nadd name=a password="hunter2',
        "/user add name=a password=hunter2 password=hunter2",
        "/user\nset [ find name=a ] password=hunter2",
        '/user\nset [ find name=a and password="hunter2" ] disabled=yes',
        "/user\n:do { add password=hunter2 } on-error={}",
        ':global wifiPassword "hunter2"',
        "# password=hunter2",
        '/system script\nadd name=a source="/system scheduler add on-event=\\"/user set a password=hunter2\\""',
        '/system script\nadd name=a source=":local p {\\"password\\"=\\"hunter2\\"}"',
    ],
)
def test_no_secret_is_left_wherever_it_stands(line: str) -> None:
    shown = str(redact(parse(line + "\n")))
    assert LEAK not in shown
    assert "*****" in shown


@pytest.mark.parametrize(
    "value",
    ["authentication-types=wpa2-psk", ":local name hunter2", "http://10.0.0.1:8080/x@y", "10:20:30:40:50:60", "a=b"],
)
def test_what_is_no_secret_stays(value: str) -> None:
    assert masked("/system/script", "source", value) == value


@pytest.mark.parametrize(
    "piece", ["a", ".", "a.", "(", 'p="', "\\", "=(", "://a:", ":set ", "=", "password=(", "a=a"]
)
def test_masking_comes_to_an_end_whatever_the_text(piece: str) -> None:
    """Work that grew with the square of the length, or with its depth, would not come through a script of 240 KB."""
    shown = masked("/system/script", "source", ":=" + piece * (240_000 // len(piece)))
    assert masked("/system/script", "source", shown) == shown
