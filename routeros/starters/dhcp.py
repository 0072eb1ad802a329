"""DHCP: addresses for a network, out of a pool of it."""

from __future__ import annotations

from fleet.templates import Kind, Mode, Template, Variable

TEXT = """\
/ip pool
add name={{ name }} ranges={{ network.host(first) }}-{{ network.host(-2) }}
/ip dhcp-server
add address-pool={{ name }} disabled=no interface={{ interface }} lease-time={{ lease_minutes }}m name={{ name }}
/ip dhcp-server network
add address={{ network }} dns-server={{ network.host(1) }} domain={{ domain }} gateway={{ network.host(1) }}
"""

template = Template(
    name="dhcp",
    about="A DHCP server for one network, whose first address is the gateway and answers names.",
    variables=(
        Variable("name", Kind.STRING, "What pool and server are called.", default="dhcp-lan"),
        Variable("interface", Kind.STRING, "The interface of the network.", default="bridge-lan"),
        Variable("network", Kind.SUBNET, "The network.", default="192.168.88.0/24"),
        Variable("first", Kind.INT, "The first address given out, counted in the network.", default="10", least=2),
        Variable("lease_minutes", Kind.INT, "How long an address is lent.", default="30", least=1, most=100_000),
        Variable("domain", Kind.STRING, "The domain that clients are told.", default=""),
    ),
    text=TEXT,
    mode=Mode.MERGE,
)
