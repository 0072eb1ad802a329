"""What the device may be used for, whoever asks: ``/system/device-mode``, which is there from RouterOS 7 on."""

from __future__ import annotations

from routeros.facts import count, flag, sheet, word
from routeros.words import Command

FEATURES = (
    *("bandwidth_test", "container", "email", "fetch", "hotspot", "install_any_version", "ipsec", "l2tp"),
    *("partitions", "pptp", "proxy", "romon", "routerboard", "scheduler", "smb", "sniffer", "socks", "traffic_gen"),
    "zerotier",
)

device_mode = sheet(
    "device_mode",
    "Device mode",
    (
        word("mode", "The mode: advanced, basic or home; before 7.17 enterprise or home."),
        flag("flagged", "Whether the device found something suspicious in its configuration."),
        flag("flagging_enabled", "Whether it looks for that."),
        count("attempts", "How often a change of the mode was asked for and not confirmed.", "attempt-count"),
        word("allowed_versions", "The versions that may be installed."),
        *(flag(name, f"Whether {name.replace('_', '-')} may be used.") for name in FEATURES),
    ),
)

command = Command("/system/device-mode/print", device_mode.properties)

collector = device_mode.collector((command,), device_mode.one)
