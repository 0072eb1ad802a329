"""Firewall: the device and the network behind it are reached by those alone who may."""

from __future__ import annotations

from fleet.templates import Kind, Mode, Template, Variable

TEXT = """\
/ip firewall address-list
add address={{ management }} comment="flotilla: who manages the device" list=management
/ip firewall filter
add action=accept chain=input comment="flotilla: of a connection" connection-state=established,related,untracked
add action=drop chain=input comment="flotilla: of no connection" connection-state=invalid
add action=accept chain=input comment="flotilla: who manages it" src-address-list=management
{% if ping %}
add action=accept chain=input comment="flotilla: ping" protocol=icmp
{% endif %}
add action=accept chain=input comment="flotilla: asked from inside" dst-port=53,67,123 \\
    in-interface-list=!{{ outside }} protocol=udp
add action=drop chain=input comment="flotilla: all the rest"
{% if fasttrack %}
add action=fasttrack-connection chain=forward comment="flotilla: the fast path" connection-state=established,related
{% endif %}
add action=accept chain=forward comment="flotilla: through, of a connection" \\
    connection-state=established,related,untracked
add action=drop chain=forward comment="flotilla: through, of no connection" connection-state=invalid
add action=drop chain=forward comment="flotilla: from outside, unless forwarded" connection-nat-state=!dstnat \\
    connection-state=new in-interface-list={{ outside }}
"""

template = Template(
    name="firewall",
    about="Drops what nobody asked for. Its two menus hold these rules and no others.",
    variables=(
        Variable("management", Kind.SUBNET, "From where the device is managed: ours, or the device is lost."),
        Variable("outside", Kind.STRING, "The interface list of what leads outside.", default="WAN"),
        Variable("ping", Kind.BOOL, "Whether it answers ping.", default="yes"),
        Variable("fasttrack", Kind.BOOL, "Whether connections take the fast path, past queues.", default="yes"),
    ),
    text=TEXT,
    mode=Mode.WHOLE,
)
