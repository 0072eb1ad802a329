"""Replies of a device to a probe, as they come from the client: a healthy one, to be changed by a test."""

from __future__ import annotations

from datetime import UTC, datetime

from routeros.errors import Category, Trap
from routeros.exchange import Reply
from routeros.probe.findings import Probe, read

NOW = datetime(2026, 10, 8, 8, 14, 27, tzinfo=UTC)
ABSENT = Trap(Category.MISSING, "no such command prefix")
FORBIDDEN = Trap(None, "not enough permissions (9)")
POLICIES = "ssh,ftp,reboot,read,write,policy,test,sensitive,api,!telnet,!winbox"

HEALTHY: dict[str, Reply] = {
    "/system/identity/print": [{"name": "core-1"}],
    "/system/resource/print": [
        {
            "version": "7.20.6 (stable)",
            "board-name": "hAP ax^2",
            "architecture-name": "arm64",
            "uptime": "1w2d",
            "free-hdd-space": "84475904",
            "total-hdd-space": "134217728",
            "free-memory": "653287424",
            "total-memory": "1073741824",
            "bad-blocks": "0.1",
        }
    ],
    "/system/routerboard/print": [
        {
            "model": "C52iG-5HaxD2HaxD",
            "serial-number": "HHQ38P60NXE",
            "current-firmware": "7.20.6",
            "upgrade-firmware": "7.20.6",
        }
    ],
    "/system/license/print": [{"software-id": "NNDB-NWET", "nlevel": "4"}],
    "/system/package/print": [
        {"name": "routeros", "version": "7.20.6", "disabled": "false", "scheduled": "", "available": "false"},
        {"name": "wifi-qcom", "version": "7.20.6", "disabled": "false", "scheduled": "", "available": "false"},
        {"name": "container", "version": "7.20.6", "disabled": "true", "available": "true"},
    ],
    "/system/clock/print": [
        {"date": "2026-10-08", "time": "11:14:27", "gmt-offset": "+03:00", "time-zone-name": "Europe/Riga"}
    ],
    "/system/device-mode/print": [{"mode": "advanced", "flagged": "false", "scheduler": "true"}],
    "/ip/service/print": [
        {"name": "telnet", "port": "23", "disabled": "true"},
        {"name": "ssh", "port": "22", "disabled": "false", "max-sessions": "20"},
        {"name": "api-ssl", "port": "8729", "disabled": "false", "certificate": "api", "max-sessions": "20"},
        {"name": "api-ssl", "port": "8729", "dynamic": "true", "connection": "true", "disabled": "false"},
    ],
    "/user/group/print": [{"name": "read", "policy": "read,!write"}, {"name": "ours", "policy": POLICIES}],
    "/file/print": [{"name": "skins", "type": "directory"}],
    "/interface/print": [{"ret": "9"}],
    "/interface/wireless/print": ABSENT,
    "/interface/wifi/print": [{"ret": "2"}],
    "/interface/wifiwave2/print": ABSENT,
    "/system/health/print": [{"name": "cpu-temperature", "value": "47", "type": "C"}],
    "/system/scheduler/print": [{"ret": "0"}],
    "/safe-mode/print": [{}],
    "/file/read": Trap(Category.MISSING, "missing value(s) of argument(s) file"),
    "/user/print": [{"name": "flotilla", "group": "ours"}],
    "/user/active/print": [{"name": "flotilla", "group": "ours", "via": "api", "radius": "false"}],
}


def probed(**changed: Reply | None) -> Probe:
    """Read the healthy replies with some changed, by menu: ``system_clock=[…]``; None: was not asked."""
    replies = dict(HEALTHY)
    for name, reply in changed.items():
        command = next(c for c in replies if _key(c) == name)
        if reply is None:
            del replies[command]
        else:
            replies[command] = reply
    return read(replies, "flotilla", NOW)


def _key(command: str) -> str:
    return command.removesuffix("/print").strip("/").replace("/", "_").replace("-", "_")
