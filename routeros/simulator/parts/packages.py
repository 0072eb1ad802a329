"""What is installed on a router, and what a restart makes of it: scheduled changes, downloads and uploaded files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fleet.versions import Version
from routeros.depot import layout
from routeros.simulator.device import firmware, formats, measures
from routeros.simulator.device.firmware import Npk
from routeros.simulator.device.model import Firmware, Model
from routeros.simulator.faults import Kind
from routeros.simulator.outcome import MISSING, Refused, Row
from routeros.simulator.parts import ports, services
from routeros.simulator.parts.files import Files
from routeros.simulator.router import Router

STORE = "/system/package"
APPLIED_APART = Version(7, 18)
"""From here on ``apply-changes`` does what is scheduled, and a plain restart forgets it."""

DOWNLOADS_APART = Version(7, 24)
"""From here on the router keeps what it downloads in a folder of its own."""

SMALL_FLASH = 2**25
BUNDLED = ("advanced-tools", "dhcp", "hotspot", "ipv6", "mpls", "ppp", "routing", "security", "system", "wireless")
"""What a v6 main package is made of."""


def stored(model: Model) -> list[Row]:
    """Lay out the rows of what is installed; the main package comes first."""
    version = model.version
    rows = [_row(model, _main(model))] + [_row(model, name) for name in sorted(model.firmware.extras)]
    if version.major < 7:
        rows += [{**_row(model, name), "bundle": _main(model)} for name in BUNDLED]
    return [{".id": f"*{number:X}", **row} for number, row in enumerate(rows, start=1)]


def _main(model: Model) -> str:
    return f"routeros-{model.persona.board.architecture}" if model.version.major < 7 else "routeros"


def _row(model: Model, name: str) -> Row:
    version = model.version
    row = {"name": name, "version": str(version), "build-time": formats.build_time(version), "scheduled": ""}
    if version >= APPLIED_APART:
        row |= {"size": str(_size(model, name)), "available": formats.flag(False)}
    return {**row, "disabled": formats.flag(False)}


def _size(model: Model, name: str) -> int:
    shipped: Mapping[str, int] = model.persona.packages
    return shipped.get(name) or firmware.package(name, model.version, model.persona.board.architecture).size


@dataclass(frozen=True, slots=True)
class Installation:
    """What a restart installs, and what it says of it in the log; ``runs`` is None where nothing changes."""

    runs: Firmware | None
    notes: tuple[tuple[str, str], ...] = ()


class Packages:
    """A part of a router."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.downgrading = False

    def offer(self) -> None:
        """List the extra packages that could be installed, as a check for updates does from 7.18 on."""
        model = self._router.model
        table = self._router.table(STORE, stored)
        known = {row["name"] for row in table}
        for name in firmware.EXTRAS if model.version >= APPLIED_APART else ():
            if name not in known and not (name.startswith("wifi") and model.persona.driver is None):
                table.add({**_row(model, name), "version": "", "build-time": "", "available": formats.flag(True)})

    def plan(self, marks: Iterable[str], plan: str) -> None:
        """Schedule something for packages by id or name; raises Refused."""
        rows = list(self._router.table(STORE, stored))
        for mark in marks:
            row = next((row for row in rows if mark in (row[".id"], row["name"])), None)
            if row is None:
                raise Refused("no such item", MISSING)
            row["scheduled"] = plan

    def brought(self) -> Version | None:
        """Tell the version of the main package that waits for the next start; None where none does."""
        files = self._router.part(Files)
        found = (firmware.read(files.read(name)) for name in _package_files(files.names()))
        return next((one.version for one in found if one is not None and one.main), None)

    def install(self, applied: bool) -> Installation:
        """Decide what the next start runs, and use up the package files; ``applied`` does what is scheduled."""
        router, files = self._router, self._router.part(Files)
        runs = self._scheduled(applied or router.model.version < APPLIED_APART)
        found: dict[str, Npk] = {}
        notes: list[tuple[str, str]] = []
        for name in _package_files(files.names()):
            read = firmware.read(files.read(name))
            files.remove(name)
            if read is None:
                notes.append(("system,error", f"broken package {name}"))
            elif complaint := _foreign(router.model, read):
                notes.append(("system,error", f"can not install {name.removesuffix('.npk')}: {complaint}"))
            else:
                found[read.name] = read
        runs, more = self._fitted(runs, found)
        self.downgrading = False
        changed = runs != router.model.firmware
        return Installation(runs if changed else None, (*notes, *more))

    def adopt(self) -> None:
        """Let rows that follow from the firmware be what it is now."""
        self._router.forget(STORE)
        ports.refit(self._router)
        services.refit(self._router)

    def _scheduled(self, applied: bool) -> Firmware:
        """Do what is scheduled for the packages, or forget it."""
        now = self._router.model.firmware
        if not applied:
            return now
        asked = {row["name"]: row["scheduled"] for row in self._router.table(STORE, stored)}
        gone = {name for name, plan in asked.items() if plan.endswith(("disable", "uninstall"))}
        come = {name for name, plan in asked.items() if plan.endswith("enable")}
        return Firmware(now.version, frozenset((now.extras - gone) | come))

    def _fitted(self, runs: Firmware, found: Mapping[str, Npk]) -> tuple[Firmware, list[tuple[str, str]]]:
        """Put the files that were found in place of what runs, where they fit together and onto the disk."""
        main = found.get("routeros")
        if main is not None and main.version < runs.version and not self.downgrading:
            main = None
        version = runs.version if main is None else main.version
        extras = [one for one in found.values() if not one.main]
        fitting = [one for one in extras if one.version == version]
        notes = [("system,error", _unfit(one)) for one in extras if one not in fitting]
        if main is None or version == runs.version:
            return Firmware(version, runs.extras | {one.name for one in fitting}), notes
        if Kind.OLD_VERSION in self._router.faults:
            return runs, [*notes, ("system,error,critical", "upgrade failed: the package could not be verified")]
        if self._lacks_room([main, *fitting]):
            return runs, [*notes, ("system,error,critical", "not enough space for upgrade")]
        kept = frozenset(one.name for one in fitting)
        return Firmware(version, kept), [*notes, ("system,info", f"installed system-{version}")]

    def _grown(self, fresh: Iterable[Npk]) -> int:
        """Tell how much more of the disk is taken by other packages than by those it was delivered with."""
        model = self._router.model
        delivered = Model(model.seed, model.index, (model.persona.name,)).firmware
        names = ("routeros", *(name for name in model.persona.packages if name in delivered.extras))
        before = (firmware.package(name, delivered.version, model.persona.board.architecture) for name in names)
        return firmware.total(fresh) - firmware.total(before)

    def _lacks_room(self, fresh: Iterable[Npk]) -> bool:
        router = self._router
        full = Kind.DISK_FULL in router.faults
        return full or self._grown(fresh) > measures.free_disk(router.model, router.now())


def _package_files(names: Iterable[str]) -> list[str]:
    """Choose the files that a restart looks at: packages in the root, or where the router downloads to."""
    return [name for name in names if name.endswith(".npk") and "/" not in name.removeprefix("downloads/")]


def _foreign(model: Model, package: Npk) -> str:
    """Say why a package is not for this board; empty where it is."""
    built_for = layout.suffix(model.persona.board.architecture, package.version)
    if package.architecture == built_for:
        return ""
    return f"it is not made for {built_for}, but for {package.architecture}"


def _unfit(package: Npk) -> str:
    whole, needed = f"{package.name}-{package.version}", f"system-{package.version}"
    return f"can not install {whole}: {needed} is not installed, but is required"
