"""What a probe asks: few properties of few menus, all of it reading."""

from __future__ import annotations

from typing import Final

from routeros.words import Command

FACTS: Final = (
    Command("/system/identity/print", ("name",)),
    Command(
        "/system/resource/print",
        ("version", "board-name", "architecture-name", "uptime", "free-memory", "total-memory", "free-hdd-space",
         "total-hdd-space", "bad-blocks"),
    ),
    Command("/system/routerboard/print", ("model", "serial-number", "current-firmware", "upgrade-firmware")),
    Command("/system/license/print", ("software-id", "system-id", "nlevel", "level")),
    Command("/system/package/print", ("name", "version", "disabled", "scheduled", "available")),
    Command("/system/clock/print", ("date", "time", "gmt-offset", "time-zone-name")),
    Command("/system/device-mode/print"),
    Command("/system/health/print"),
    Command("/ip/service/print", (
        "name", "port", "disabled", "invalid", "dynamic", "connection", "certificate", "max-sessions", "address",
        "available-from",
    )),
    Command("/user/group/print", ("name", "policy")),
    Command("/file/print", ("name", "type"), queries=("?type=directory", "?type=disk", "?#|")),
)  # fmt: skip
"""Asked for what they say; a few properties each."""

MENUS: Final = tuple(
    Command(f"{menu}/print", attributes={"count-only": ""})
    for menu in (
        "/interface", "/interface/wireless", "/interface/wifi", "/interface/wifiwave2", "/caps-man/interface",
        "/interface/lte", "/interface/ethernet/poe", "/system/scheduler", "/system/history",
        "/certificate", "/ip/neighbor", "/log", "/container",
    )
)  # fmt: skip
"""Asked for how many rows they have, if they are there at all."""

BARE: Final = tuple(
    Command(f"{menu}/print", (".id",))
    for menu in ("/safe-mode", "/system/package/update", "/ip/ssh", "/caps-man/manager")
)
"""Menus of one row, asked for whether they are there."""

TRIED: Final = (Command("/file/read"),)
"""A command that says by its refusal whether it is there: without its arguments it does nothing."""


def user_commands(username: str) -> tuple[Command, ...]:
    """Ask who we are to the device."""
    queries = (f"?name={username}",)
    return (
        Command("/user/print", ("name", "group", "address"), queries=queries),
        Command("/user/active/print", ("name", "group", "via", "radius"), queries=queries),
    )


def commands(username: str) -> tuple[Command, ...]:
    """Everything that a probe asks."""
    return (*FACTS, *MENUS, *BARE, *TRIED, *user_commands(username))
