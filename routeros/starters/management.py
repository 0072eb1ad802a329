"""Management access: who may enter the device, by which services, and from where."""

from __future__ import annotations

from fleet.templates import Kind, Mode, Template, Variable

TEXT = """\
/ip service
set telnet disabled=yes
set ftp disabled=yes
set www disabled=yes
set api disabled=yes
set winbox address={{ networks }} disabled={{ not winbox }}
set ssh address={{ networks }} disabled=no port={{ ssh_port }}
set api-ssl address={{ networks }} disabled=no
/ip ssh
set strong-crypto=yes
/ip neighbor discovery-settings
set discover-interface-list={{ discovery }}
/tool mac-server
set allowed-interface-list={{ discovery }}
/tool mac-server mac-winbox
set allowed-interface-list={{ discovery }}
/tool bandwidth-server
set enabled=no
/system identity
set name={{ identity }}
/system clock
set time-zone-name={{ time_zone }}
{% if device.major >= 7 %}
/system ntp client
set enabled=yes
/system ntp client servers
add address={{ ntp }}
{% else %}
/system ntp client
set enabled=yes primary-ntp={{ ntp }}
{% endif %}
"""

template = Template(
    name="management-access",
    about="Encrypted services alone, from the networks of those who manage the device; name and time.",
    variables=(
        Variable("identity", Kind.STRING, "What the device is called."),
        Variable("networks", Kind.STRING, "From where it is managed: networks with commas, ours among them."),
        Variable("ssh_port", Kind.INT, "The port of SSH.", default="22", least=1, most=65535),
        Variable("winbox", Kind.BOOL, "Whether WinBox may be used.", default="yes"),
        Variable("discovery", Kind.STRING, "The interface list that may find it by MAC.", default="none"),
        Variable("ntp", Kind.IP, "A time server's address."),
        Variable("time_zone", Kind.STRING, "As Europe/Riga.", default="UTC"),
    ),
    text=TEXT,
    mode=Mode.MERGE,
)
