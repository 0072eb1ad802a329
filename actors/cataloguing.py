"""The firmware catalogue brought up to date: what a source tells is read, judged, and stored, version by version."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from db import firmware, firmwarefleet
from db.engine import Stores
from db.platform import platform_session
from fleet import firmware as known
from fleet import listeners
from fleet.egress import SIMULATED, Egress
from fleet.errors import BadSetting
from fleet.firmware import ARCHITECTURES, MAIN, File, Pointer
from fleet.settings import Settings
from fleet.versions import APART, Version
from routeros.depot import releases, source
from routeros.depot.releases import BadChecksum
from routeros.depot.source import Source

WHY = "the firmware catalogue is brought up to date"
DRIVER = "wireless"
"""What a board with the older radios loses at 7.13 where it does not get it as well."""


@dataclass(slots=True)
class Synced:
    """What came of it: channels that moved or were not believed, new files of versions, and files that are odd."""

    channels: tuple[Pointer, ...]
    moved: tuple[Pointer, ...]
    refused: tuple[str, ...]
    files: dict[Version, int] = field(default_factory=dict)
    missing: list[Version] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


def opened(asked: Settings, place: str = "") -> Source:
    """Open what the settings name, or another place; raises BadSetting where neither does.

    Our own machines and addresses that lead nowhere else are refused when they are to be connected to. Only an
    address of the simulator itself lets in the simulator's.
    """
    wanted = place or asked.firmware_url
    if not wanted:
        step = "Set firmware_url to https://upgrade.mikrotik.com or to a mirror, or name one with --from."
        raise BadSetting("Nobody has said where firmware comes from.", step)
    return source.opened(wanted, Egress((SIMULATED,) if _simulated(wanted) else (), listeners.networks(asked)))


@dataclass(frozen=True, slots=True)
class Cataloguer:
    """Syncs the catalogue of ``stores`` from a source. ``tell`` hears how far it is, ``ending`` stops it."""

    stores: Stores
    source: Source
    now: Callable[[], datetime]
    tell: Callable[[str], None] = lambda _: None
    ending: Callable[[], bool] = lambda: False

    def sync(self, more: Collection[Version] = ()) -> Synced:
        """Read the channels, then what is not known yet of their versions, of the way to them, and of ``more``.

        What was looked for in vain is looked for again in ``more`` alone.
        Each version is a step that may be done twice. Raises Unavailable where the source cannot be read.
        """
        self.tell("reading the channels")
        told = releases.pointers(self.source)
        with platform_session(self.stores, WHY) as session:
            moved = firmware.point(session, told.found, self.now())
            installed = firmwarefleet.installed(session)
        done = Synced(told.found, tuple(moved), told.refused)
        for version in sorted({*known.wanted(told.found), *more}, reverse=True):
            if self.ending():
                break
            self._release(version, installed, done, again=version in more)
        return done

    def _release(
        self, version: Version, installed: Collection[tuple[str, str]], done: Synced, *, again: bool
    ) -> None:
        with platform_session(self.stores, WHY) as session:
            there = {(one.package, one.architecture) for one in firmware.files(session, version)}
            there |= set() if again else firmware.missing(session, version)
        self.tell(f"looking for RouterOS {version}")
        changelog = releases.changelog(self.source, version)
        if changelog is None:
            done.missing.append(version)
            return
        files, in_vain = self._files(version, [one for one in wanted(version, installed) if one not in there], done)
        with platform_session(self.stores, WHY) as session:
            told = firmware.Found(version, changelog, tuple(files), frozenset(in_vain))
            firmware.store(session, told, self.now())
        done.files[version] = len(files)

    def _files(
        self, version: Version, pairs: Sequence[tuple[str, str]], done: Synced
    ) -> tuple[list[File], list[tuple[str, str]]]:
        """Look for packages until it is to end: tells files, and what is not there. An odd file stops no other."""
        files, in_vain = [], []
        for package, built_for in pairs:
            if self.ending():
                break
            try:
                found = releases.file(self.source, version, package, built_for)
            except BadChecksum as error:
                done.odd.append(str(error))
                continue
            if found is None:
                in_vain.append((package, built_for))
            else:
                files.append(found)
        return files, in_vain


def wanted(version: Version, installed: Collection[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """Tell which packages of a version to look for: main ones, the radios' driver, and what devices have."""
    main = [(MAIN, one) for one in ARCHITECTURES]
    drivers = [(DRIVER, one) for one in ARCHITECTURES] if version >= APART else []
    return list(dict.fromkeys([*main, *drivers, *sorted(installed)]))


def _simulated(place: str) -> bool:
    try:
        return ip_address(urlsplit(place).hostname or "") in SIMULATED
    except ValueError:
        return False
