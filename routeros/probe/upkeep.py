"""What a probe says of a device's upkeep: services, storage, boot firmware, packages and clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from routeros import slots
from routeros.probe.findings import Probe, Service
from routeros.probe.remark import Remark, can, lacks, watch, wrong

MIB: Final = 1024 * 1024
LITTLE_DISK: Final = 2 * MIB
"""With less free, an upgrade fails on boards with 16 MB of flash, and the device stays on the old version."""

WORN: Final = 0.05
SESSIONS: Final = slots.MOST[slots.Service.API]
AGREEING: Final = timedelta(minutes=1)
EARLIEST: Final = 2015


def judge(probe: Probe) -> Iterator[Remark]:
    """Tell what is to be known, in the order in which it is shown."""
    for part in (_services, _storage, _firmware, _packages, _clock):
        yield from part(probe)


def _services(probe: Probe) -> Iterator[Remark]:
    enabled = [service for service in probe.services if service.enabled]
    if enabled:
        yield can("services", ", ".join(f"{s.name} {s.port}" for s in enabled) + ".")
    names = {service.name for service in enabled}
    if probe.services and "ssh" not in names:
        yield lacks("ssh", "The service is disabled: no export and no file over SSH.", "Enable it in /ip/service.")
    clear = [s.name for s in enabled if s.name in ("telnet", "ftp", "www") and not s.allowed]
    if clear:
        text = f"In clear text and for any address: {', '.join(clear)}."
        yield watch("services", text, "Disable them, or limit them to addresses (/ip/service).")
    for service in enabled:
        yield from _service(service)


def _service(service: Service) -> Iterator[Remark]:
    if service.name == "api-ssl" and not service.certificate:
        text = "It has no certificate: only anonymous TLS is possible."
        yield watch("api-ssl", text, "Make a certificate (/certificate) and set it in /ip/service.")
    if service.name in ("api", "api-ssl") and (service.max_sessions or SESSIONS) < SESSIONS:
        text = f"It takes {service.max_sessions} sessions; Flotilla holds up to {SESSIONS}, beside all others."
        yield wrong(service.name, text, "Raise max-sessions in /ip/service.")


def _storage(probe: Probe) -> Iterator[Remark]:
    disk = probe.storage
    if disk.flash:
        yield watch("flash", "Only the directory flash outlives a reboot: everything beside it is memory.")
    if disk.free is not None and disk.free < LITTLE_DISK:
        text = f"{disk.free / MIB:.1f} MiB of {(disk.total or 0) / MIB:.0f} MiB are free: an upgrade may not fit."
        yield wrong("disk", text, "Remove files (/file) and packages that are not needed.")
    if disk.bad_blocks is not None and disk.bad_blocks > WORN:
        text = f"{disk.bad_blocks:.0%} of the flash's blocks are bad."
        yield wrong("disk", text, "Replace the device before it is upgraded.")


def _firmware(probe: Probe) -> Iterator[Remark]:
    if probe.firmware and probe.firmware_upgrade and probe.firmware != probe.firmware_upgrade:
        text = f"The boot loader is {probe.firmware}, and {probe.firmware_upgrade} is there."
        yield watch("RouterBOOT", text, "/system/routerboard/upgrade and a reboot finish it.")


def _packages(probe: Probe) -> Iterator[Remark]:
    installed = [package for package in probe.packages if not package.available]
    waiting = [f"{p.name} ({p.scheduled})" for p in probe.packages if p.scheduled]
    if waiting:
        text = f"Waiting for a reboot: {', '.join(waiting)}."
        yield watch("packages", text, "From 7.18 on only /system/package/apply-changes does it.")
    if off := [package.name for package in installed if package.disabled]:
        yield lacks("packages", f"Installed but disabled: {', '.join(off)}.")
    if len(versions := {package.version for package in installed if not package.disabled}) > 1:
        text = f"They are of different versions: {', '.join(sorted(versions))}."
        yield wrong("packages", text, "Bring all to one version: the others do not start.")


def _clock(probe: Probe) -> Iterator[Remark]:
    clock, step = probe.clock, "Set up NTP (/system/ntp/client), or tell it the time (/system/clock)."
    if clock.year is not None and clock.year < EARLIEST:
        yield wrong("clock", f"It shows {clock.shown}: the device does not know the time.", step)
    elif clock.ahead is not None and abs(clock.ahead) > AGREEING:
        side = "ahead of" if clock.ahead > timedelta() else "behind"
        span = timedelta(seconds=round(abs(clock.ahead).total_seconds()))
        yield wrong("clock", f"It is {span} {side} ours.", step)
    elif clock.ahead is not None:
        yield can("clock", "It agrees with ours.")
