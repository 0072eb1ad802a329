"""What ``flotilla firmware`` does and shows: which files are wanted, bringing them here, and documents of it all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from cluster import terminal
from cluster.console import Console
from dashboard import units
from db import firmware, firmwarefleet
from db.platform import platform_session
from fleet.audit import PLATFORM
from fleet.errors import NotFound
from fleet.firmware import MAIN, File, Pointer, architecture
from fleet.firmwareview import View
from fleet.versions import Version
from routeros.depot.mirror import Mirror
from routeros.depot.source import Source


@dataclass(frozen=True, slots=True)
class Choice:
    """For which architectures, and which packages beside the main one; empty: what devices are and have."""

    architectures: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


@dataclass(slots=True)
class Fetched:
    """What came of it."""

    fetched: int = 0
    before: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """The files of a version that are to be kept, and what is new in it."""

    version: Version
    changelog: str
    files: tuple[File, ...]
    pointers: tuple[Pointer, ...]


def wanted(session: Session, versions: Sequence[Version], choice: Choice) -> list[Wish]:
    """Choose the files of versions; raises NotFound where the catalogue has nothing for that choice."""
    installed = firmwarefleet.installed(session)
    pointers = firmware.pointers(session)
    found = []
    for one in versions:
        changelog, files = firmware.changelog(session, one), firmware.files(session, one)
        chosen = tuple(file for file in files if _chosen(file, choice, installed))
        if not chosen:
            asked = ", ".join((*choice.architectures, *choice.packages)) or "the devices there are"
            step = "`flotilla firmware catalogue VERSION` lists them; name --architecture and --package."
            raise NotFound(f"The catalogue has no file of RouterOS {one} for {asked}.", step)
        pointing = tuple(pointer for pointer in pointers if pointer.version == one)
        found.append(Wish(one, changelog, chosen, pointing))
    return found


def _chosen(file: File, choice: Choice, installed: set[tuple[str, str]]) -> bool:
    if choice.architectures:
        if file.architecture not in map(architecture, choice.architectures):
            return False
    elif file.architecture not in {built_for for _, built_for in installed}:
        return False
    if choice.packages:
        return file.main or file.package in choice.packages
    return file.package == MAIN or (file.package, file.architecture) in installed


def fetch(mirror: Mirror, source: Source, wishes: Sequence[Wish], tell: Callable[[str], None]) -> Fetched:
    """Bring files here, one after the other; raises what the mirror raises, and keeps what has come till then."""
    done, every = Fetched(), [file for wish in wishes for file in wish.files]
    for number, file in enumerate(every, start=1):
        before = f"{number} of {len(every)}: {file.name}"

        def heard(size: int, before: str = before, whole: int = file.size) -> None:
            tell(f"{before} {size / whole:.0%}")

        if mirror.take(source, file, heard):
            done.fetched += 1
            done.bytes += file.size
        else:
            done.before += 1
    for wish in wishes:
        mirror.describe(wish.version, wish.changelog)
        for pointer in wish.pointers:
            mirror.point(pointer)
    return done


def note(here: Console, action: str, versions: Sequence[Version]) -> None:
    """Add to the platform's audit log what was done with these versions."""
    with platform_session(here.stores, "an administrator keeps firmware") as session:
        for one in versions:
            here.note(session, PLATFORM, action, ("release", one))


def verify(
    session: Session, mirror: Mirror, versions: Sequence[Version], tell: Callable[[str], None]
) -> dict[str, str]:
    """Read what is kept and discard what is wrong; returns the names of those files, with the fault of each."""
    wrong: dict[str, str] = {}
    for one in versions or mirror.versions():
        for file in firmware.files(session, one):
            if mirror.find_file(file) is None:
                continue
            tell(f"reading {file.name}")
            if fault := mirror.fault(file):
                wrong[file.name] = fault
                mirror.discard(file)
    return wrong


def channel(one: Pointer) -> dict[str, Any]:
    """Lay a channel out as a document."""
    return {"major": one.major, "channel": one.channel.value, "version": str(one.version), "set_at": one.at}


def tell_channels(found: Sequence[Pointer]) -> None:
    """Show where the channels point."""
    rows = [(f"v{one.major}", one.channel.value, str(one.version), f"{one.at:%Y-%m-%d}") for one in found]
    if rows:
        terminal.table("", ("for", "channel", "points to", "since"), rows)


def tell_release(of: Version, changelog: str, files: Sequence[File], mirror: Mirror, as_json: bool) -> None:
    """Show a version: its files, and what is new in it."""
    if as_json:
        rows = [asdict(one) | {"version": str(of), "mirrored": mirror.holds(one)} for one in files]
        terminal.answer({"version": str(of), "changelog": changelog, "files": rows})
        return
    rows_ = [
        (one.name, one.architecture, units.BYTES.text(one.size), "yes" if mirror.holds(one) else "", one.sha256[:16])
        for one in files
    ]
    terminal.table(f"RouterOS {of}", ("file", "architecture", "size", "mirrored", "SHA-256 begins"), rows_)
    terminal.out.print(terminal.clean_lines(changelog))


def tell_mirror(mirror: Mirror, most: int, as_json: bool) -> None:
    """Show what the mirror keeps."""
    kept = {str(one): mirror.held(one) for one in mirror.versions()}
    used = mirror.used()
    if as_json:
        terminal.answer({"place": str(mirror.root), "bytes": used, "most_bytes": most, "versions": kept})
        return
    rows = [(one, str(len(files)), ", ".join(files)) for one, files in kept.items()]
    if rows:
        terminal.table("", ("version", "files", "which"), rows)
    terminal.say(f"{units.BYTES.text(used)} of {units.BYTES.text(most)} in {mirror.root}")


def fleet(found: View, flagged: Sequence[str]) -> dict[str, Any]:
    """Lay a fleet out as a document."""
    return {
        "devices": found.devices,
        "exposed": found.exposed,
        "channels": [channel(one) for one in found.channels],
        "versions": [
            {
                "version": row.version,
                "standing": row.standing.value,
                "devices": row.devices,
                "advisories": [one.id for one in row.open],
                "unclear": [one.id for one in row.unclear],
            }
            for row in found.versions
        ],
        "cells": [{"model": m, "version": v, "devices": count} for (m, v), count in found.cells.items()],
        "advisories": [
            {"id": hole.advisory.id, "devices": hole.devices, "versions": list(hole.versions)} for hole in found.holes
        ],
        "flagged": list(flagged),
    }
