"""The kinds of a restore, and whether a binary backup may be loaded by the device that there is now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fleet.errors import Conflict
from fleet.versions import version


class Kind(StrEnum):
    """How a device is brought back.

    ``SCRIPT`` makes its configuration what a stored version says, as a push does. ``BINARY`` loads a backup of the
    same device, everything with it, and restarts. ``REPLACEMENT`` is a script for another device in its place.
    """

    SCRIPT = "script"
    BINARY = "binary"
    REPLACEMENT = "replacement"


class Unfit(Conflict):
    """A binary backup that is not this device's, or not of its version."""

    code = "backup_unfit"


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells a device from all others: its serial number, or its system's id where it has no board."""

    serial: str = ""
    system_id: str = ""

    def same(self, other: Mark) -> bool | None:
        """Tell whether both are one device; None where nobody can tell."""
        for mine, theirs in ((self.serial, other.serial), (self.system_id, other.system_id)):
            if mine and theirs:
                return mine == theirs
        return None


@dataclass(frozen=True, slots=True)
class Origin:
    """What a device is: its mark, what its board is called, and the version that it runs."""

    mark: Mark
    model: str
    version: str


def loadable(saved: Origin, device: Origin) -> None:
    """Raise Unfit unless a backup that was taken of ``saved`` may be loaded by ``device`` as it is now.

    It holds hardware addresses and keys, and is read by the same version of RouterOS alone.
    """
    same = saved.mark.same(device.mark)
    if same is None:
        raise Unfit(
            "It cannot be told whether the backup is of this device: neither tells a serial number.",
            "Restore a stored configuration instead.",
        )
    if not same:
        raise Unfit(
            f"The backup is of another device ({saved.model or 'unknown'}, {_named(saved.mark)}).",
            "Restore its stored configuration as a replacement: what cannot carry over is listed.",
        )
    if _exact(saved.version) != _exact(device.version):
        raise Unfit(
            f"The backup was taken with RouterOS {saved.version}, and the device runs {device.version}.",
            f"Bring the device to {saved.version} first, or restore a stored configuration.",
        )


def _named(mark: Mark) -> str:
    return f"serial number {mark.serial}" if mark.serial else f"system {mark.system_id}"


def _exact(text: str) -> object:
    try:
        return version(text)
    except ValueError:
        return text.split(" ")[0]
