"""Basic router: an uplink, a bridge for the rest, addresses, names and masquerading."""

from __future__ import annotations

from fleet.templates import Kind, Mode, Template, Variable

TEXT = """\
/interface bridge
add comment="flotilla: the network inside" name={{ bridge }}
/interface list
add comment="flotilla: what leads outside" name=WAN
add comment="flotilla: what is inside" name=LAN
/interface bridge port
{% for number in range(first_port, last_port + 1) %}
add bridge={{ bridge }} interface=ether{{ number }}
{% endfor %}
/interface list member
add interface={{ uplink }} list=WAN
add interface={{ bridge }} list=LAN
/ip address
add address={{ lan.host(1) }}/{{ lan.prefix }} interface={{ bridge }}
/ip dhcp-client
add disabled=no interface={{ uplink }}
/ip dns
set allow-remote-requests=yes
/ip firewall nat
add action=masquerade chain=srcnat comment="flotilla: behind one address" out-interface-list=WAN
/system identity
set name={{ identity }}
"""

template = Template(
    name="basic-router",
    about="One uplink by DHCP, all other ports in a bridge, and masquerading between them. Add the firewall to it.",
    variables=(
        Variable("identity", Kind.STRING, "What the device is called."),
        Variable("uplink", Kind.STRING, "The interface that leads outside.", default="ether1"),
        Variable("bridge", Kind.STRING, "What the bridge is called.", default="bridge-lan"),
        Variable("first_port", Kind.INT, "The first Ethernet port inside.", default="2", least=1, most=64),
        Variable("last_port", Kind.INT, "The last Ethernet port inside.", default="4", least=1, most=64),
        Variable("lan", Kind.SUBNET, "The network inside, and its first address.", default="192.168.88.0/24"),
    ),
    text=TEXT,
    mode=Mode.MERGE,
)
