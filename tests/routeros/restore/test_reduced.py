"""What another device can take over is written for it; what it cannot is left out, and said."""

from __future__ import annotations

from routeros.export.document import parse
from routeros.plan import commands
from routeros.restore.reduced import Reduced, reduce
from tests.routeros.restore.test_replacement import NEW, TEXT

MORE = "/interface bridge vlan\nadd bridge=bridge1 tagged=ether2,uplink,ether9 vlan-ids=7\n"
SECRET = "/ppp secret\nadd name=ann password=hush\n"


def reduced(more: str = "") -> Reduced:
    return reduce(parse(TEXT + more), NEW)


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_what_the_new_device_has_carries_over_and_the_rest_is_left_out() -> None:
    assert lines(reduced(MORE).text()) == [
        "/interface bridge add name=bridge1",
        "/interface ethernet set [find default-name=ether1] name=wan",
        "/interface bridge port add bridge=bridge1 interface=ether2",
        "/ip address add address=10.0.0.1/24 interface=bridge1",
        "/ip dhcp-server lease add address=10.0.0.9 mac-address=BC:24:11:80:55:00",
        "/ip service set [find name=www-ssl] disabled=no",
        "/ip service set [find name=ssh] port=22",
        "/interface bridge vlan add bridge=bridge1 tagged=ether2 vlan-ids=7",
    ]


def test_what_is_left_out_is_said_and_the_text_is_commands() -> None:
    text = reduced().text()
    left = [line for line in text.splitlines() if line.startswith("# left out: ")]
    assert len(left) == len(reduced().left)
    assert any("interface=uplink" in line for line in left)
    assert any("/user add" in line for line in left)
    assert len(commands.read(text)) == len(lines(text))


def test_secrets_stand_in_the_text_alone() -> None:
    assert "password=hush" in reduced(SECRET).text()
    assert "hush" not in reduced(SECRET).masked()
    assert "hush" not in repr(reduced(SECRET))
