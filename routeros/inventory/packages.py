"""The installed packages, from ``/system/package``; those that could be downloaded (7.18 on) are none."""

from __future__ import annotations

from routeros.collector import Reading, Replies
from routeros.facts import flag, rows_of, sheet, word
from routeros.words import Command

packages = sheet(
    "packages",
    "Packages",
    (
        word("name", "The package."),
        word("version", "Its version."),
        word("build_time", "When it was built."),
        flag("disabled", "Whether it is switched off."),
        word("scheduled", "What becomes of it at the next restart: scheduled for enable, disable, uninstall."),
        word("bundle", "The package that it is a part of (RouterOS 6)."),
    ),
    key=("name",),
    most=100,
)

command = Command("/system/package/print", (*packages.properties, "available"))


def read(replies: Replies) -> Reading:
    return packages.items(row for row in rows_of(replies) if row.get("available") != "true")


collector = packages.collector((command,), read)
