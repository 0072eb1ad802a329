"""Whether a device may load a binary backup, as far as the store knows both."""

from __future__ import annotations

from db.binaries import Kept
from db.inventory import DeviceRow
from routeros.restore import Mark, Origin, loadable


def check(kept: Kept, row: DeviceRow) -> None:
    """Raise Unfit unless a backup is of this device and of the version that it runs.

    The system's id is not known here: the owner of the device asks it before anything is brought there.
    """
    saved = kept.origin
    now = Origin(Mark(row.serial or "", saved.system_id), row.model or "", row.version or "")
    loadable(Origin(Mark(saved.serial, saved.system_id), saved.model, saved.ros_version), now)
