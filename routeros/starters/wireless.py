"""Wireless access point: one network with a passphrase, by the menus that the version has."""

from __future__ import annotations

from fleet.templates import Kind, Mode, Template, Variable

TEXT = """\
{% if driver == "wifi" %}
/interface wifi security
add authentication-types=wpa2-psk,wpa3-psk name={{ profile }} passphrase={{ passphrase }}
/interface wifi configuration
add country={{ country }} mode=ap name={{ profile }} security={{ profile }} ssid={{ ssid }}
/interface wifi
set [ find default-name={{ interface }} ] configuration={{ profile }} disabled=no
{% else %}
/interface wireless security-profiles
add authentication-types=wpa2-psk mode=dynamic-keys name={{ profile }} wpa2-pre-shared-key={{ passphrase }}
/interface wireless
set [ find default-name={{ interface }} ] country={{ country }} disabled=no mode=ap-bridge \\
    security-profile={{ profile }} ssid={{ ssid }}
{% endif %}
"""

template = Template(
    name="wireless-ap",
    about="One wireless network with a passphrase, on one radio. Newer boards have the driver wifi.",
    variables=(
        Variable("interface", Kind.STRING, "The radio, as wifi1 or wlan1.", default="wifi1"),
        Variable("driver", Kind.STRING, "The menu of the radio.", default="wifi", choices=("wifi", "wireless")),
        Variable("profile", Kind.STRING, "What the profile is called.", default="flotilla"),
        Variable("ssid", Kind.STRING, "The network's name."),
        Variable("passphrase", Kind.SECRET, "At least eight signs."),
        Variable("country", Kind.STRING, "As Latvia or latvia, as the version calls it."),
    ),
    text=TEXT,
    mode=Mode.MERGE,
)
