"""Configurations as they are taken from devices: the export, whether it is whole, and who changed what of late."""

from __future__ import annotations

from routeros.backup.history import Entry, History, newest, number
from routeros.backup.judging import Before, Verdict, believed, judge, menus
from routeros.backup.taking import NoRights, Taken, take
from routeros.backup.talk import Talk

__all__ = [
    "Before",
    "Entry",
    "History",
    "NoRights",
    "Taken",
    "Talk",
    "Verdict",
    "believed",
    "judge",
    "menus",
    "newest",
    "number",
    "take",
]
