"""What a probe comes to: what a device can, what it lacks, and what to watch out for, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from fleet.device import TlsMode
from routeros.probe import upkeep
from routeros.probe.certificate import Certificate
from routeros.probe.findings import Access, Probe
from routeros.probe.remark import Remark, can, lacks, wrong


def judge(probe: Probe) -> tuple[Remark, ...]:
    """Tell everything that a probe comes to, in the order in which it is shown."""
    parts = (_safe_mode, _scheduler, _rights, _radios, _board, _menus)
    return (*(remark for part in parts for remark in part(probe)), *upkeep.judge(probe))


def judge_line(mode: TlsMode, certificate: Certificate | None, now: datetime) -> tuple[Remark, ...]:
    """Tell what is to be known of the way to a device."""
    if mode is TlsMode.PLAIN:
        return (wrong("plain", "Whoever sits on the way reads the password and can change every command.", _TLS),)
    if mode is TlsMode.ANONYMOUS:
        text = "The traffic is encrypted, but nobody knows who answers: anyone on the way can take its place."
        return (wrong("anonymous TLS", text, _TLS),)
    return () if certificate is None else tuple(_certificate(certificate, now))


_TLS: Final = "Give api-ssl a certificate (/ip/service), and use --tls verify or pin."
_SOON: Final = timedelta(days=30)


def _certificate(certificate: Certificate, now: datetime) -> Iterator[Remark]:
    first, last = certificate.not_before, certificate.not_after
    renew = "Make a new one (/certificate), and accept its fingerprint."
    if last and last <= now:
        yield wrong("certificate", f"It ended on {last:%Y-%m-%d}.", renew)
    elif last and last - now < _SOON:
        yield wrong("certificate", f"It ends on {last:%Y-%m-%d}, in {(last - now).days} days.", renew)
    if first and first > now:
        yield wrong("certificate", f"It begins only on {first:%Y-%m-%d}: the device's clock was wrong.", renew)
    if certificate.weak:
        yield wrong("certificate", f"Its key, {certificate.key}, is too short today.", renew)


def _safe_mode(probe: Probe) -> Iterator[Remark]:
    if probe.has("/safe-mode"):
        yield can("safe mode", "A push can be undone by the device itself when the connection dies.")
    elif _absent(probe, "/safe-mode"):
        yield lacks("safe mode", "A push needs the scheduler and a restore point as its guard.")


def _scheduler(probe: Probe) -> Iterator[Remark]:
    mode = probe.device_mode
    name = mode.get("mode", "")
    if mode.get("flagged") in ("true", "yes"):
        text = "The device found a suspicious configuration and restricts itself."
        yield wrong("flagged", text, "Look for foreign scripts, schedules and users, then clear it at the device.")
    if not probe.has("/system/scheduler"):
        if _absent(probe, "/system/scheduler"):
            yield lacks("scheduler", "There is no such menu: no guard can be armed with it.")
    elif mode.get("scheduler") in ("false", "no"):
        step = "Allow it with /system/device-mode/update scheduler=yes and a press of the button at the device."
        yield lacks("scheduler", f"The device mode {name} does not allow it.", step)
    else:
        allowed = f", and the device mode {name} allows it" if name else ""
        yield can("scheduler", f"A guard can be armed with it{allowed}.")


def _absent(probe: Probe, menu: str) -> bool:
    return probe.menus.get(menu) is Access.ABSENT


def _told(probe: Probe, menu: str) -> bool:
    return probe.menus.get(menu) in (Access.PRESENT, Access.ABSENT)


_NEEDS: Final = {
    "read": "nothing can be polled",
    "write": "no configuration can be pushed",
    "policy": "no guard can be armed that does more than read and write",
    "reboot": "no upgrade can be finished",
    "ftp": "no file can be read or written",
    "ssh": "no export or file over SSH",
    "test": "no ping, and no look for updates",
    "sensitive": "exports and backups come without secrets",
}

_SEEN: Final = {True: "reading works", False: "not even reading works", None: "whether reading works is not known"}


def _rights(probe: Probe) -> Iterator[Remark]:
    rights = probe.rights
    group = f"group {rights.group}" if rights.group else "a group that is not told"
    if rights.policies is None:
        seen = _SEEN[rights.reads]
        yield lacks("rights", f"{rights.username} is in {group}, whose policies cannot be read: {seen}.")
        if rights.reads is False:
            yield _UNREADABLE
        return
    held = [policy for policy in _NEEDS if policy in rights.policies]
    if held:
        yield can("rights", f"{rights.username}, {group}: {', '.join(held)}.")
    for policy, loss in _NEEDS.items():
        if policy not in rights.policies:
            yield lacks(policy, f"{rights.username} lacks this policy: {loss}.")
    if rights.reads is False:
        yield _UNREADABLE


_UNREADABLE: Final = wrong("rights", "The user may not read.", "Give its group the policy read (/user/group).")

_RADIO: Final = re.compile(r"(?:2|5|52|60)(?:S?H?P?)(?:n|ac|ad|ax|be)(?:[SDTQ]|\b)")
"""MikroTik's product codes name each radio: band, power, protocol, chains (5HaxD, 2nD, 5HacT)."""

_DRIVERS: Final = ("/interface/wireless", "/interface/wifi", "/interface/wifiwave2")


def _radios(probe: Probe) -> Iterator[Remark]:
    for menu in _DRIVERS:
        if count := probe.counts.get(menu, 0):
            yield can("radios", f"{count} in {menu}.")
    if any(probe.counts.get(menu) for menu in _DRIVERS) or not _RADIO.search(probe.model):
        return
    if all(_told(probe, menu) for menu in _DRIVERS):
        text = f"A {probe.model} has radios, but no menu shows one: the driver's package is missing or off."
        yield wrong("radios", text, "Install wifi-qcom, wifi-qcom-ac or wireless, of the version that runs.")


def _board(probe: Probe) -> Iterator[Remark]:
    if not probe.routerboard and _absent(probe, "/system/routerboard"):
        yield lacks("RouterBOARD", "A virtual machine or PC: no serial number and no boot loader.")
    if probe.sensors:
        yield can("sensors", f"{probe.sensors} in /system/health.")
    elif _told(probe, "/system/health"):
        yield lacks("sensors", "/system/health shows none.")


_USES: Final = {
    "/file/read": "files can be read over the API, whatever their size",
    "/system/device-mode": "it tells what its device mode allows",
    "/interface/ethernet/poe": "it feeds others by PoE",
    "/interface/lte": "it has a modem",
    "/caps-man/interface": "it manages access points (CAPsMAN)",
    "/container": "it may run containers",
}


def _menus(probe: Probe) -> Iterator[Remark]:
    for menu, use in _USES.items():
        if probe.menus.get(menu) is Access.PRESENT:
            yield can(menu, f"{use[0].upper()}{use[1:]}.")
    if closed := [menu for menu, access in probe.menus.items() if access is Access.FORBIDDEN]:
        yield lacks("menus", f"{probe.rights.username} may not look into {', '.join(closed)}.")
    for menu, reason in probe.errors.items():
        yield wrong(menu, f"It could not be read: {reason}", "Probe again; if it stays so, look into /log.")
