"""``flotilla config export-git``: the history of a tenant's configurations as a stream for ``git fast-import``."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, BinaryIO
from uuid import UUID

import typer

from cluster import console, terminal
from cluster.commands.config import command
from cluster.console import Console
from db import configs, inventory
from db.accounts import TenantRow
from db.configs import Version
from db.keyring import Keyring
from fleet.errors import BadInput
from routeros.export import parse, redact

SOME = 200
BRANCH = "refs/heads/main"


@command.command(
    "export-git",
    epilog="Example: [bold]git init history && flotilla config export-git --tenant northwind | "
    "git -C history fast-import[/]\n\n"
    "Then `git -C history checkout main`. With --secrets they stand in the files, and the audit log says so.",
)
def export_git(
    tenant: console.TenantOption,
    secrets: Annotated[bool, typer.Option("--secrets", help="Byte for byte, with their secrets.")] = False,
    state: terminal.StateOption = None,
) -> None:
    """Write the history of all configurations of a tenant for git: a file for each device, a commit for each version.

    Secrets are masked. The same history gives the same commits.
    """
    if sys.stdout.isatty():
        raise BadInput("This writes a stream for git.", "Pipe it: … | git -C history fast-import.")
    with console.opened(state) as here, here.vault() as vault:
        one = here.tenant(tenant)
        if secrets:
            with here.entered(one) as session:
                here.note(session, one.id, "config.exported", ("tenant", one.id))
        for part in _stream(here, one, Keyring(vault), secrets):
            _out().write(part)
        _out().flush()


def _stream(here: Console, one: TenantRow, ring: Keyring, secrets: bool) -> Iterator[bytes]:
    with here.entered(one) as session:
        names = files([(row.id, row.name) for row in inventory.page(session, None, 1_000_000)])
    yield b"feature done\n"
    for place, version in enumerate(_every(here, one)):
        if version.device_id in names:
            with here.entered(one) as session:
                data = configs.text(session, ring, version)
            text = data if secrets else _masked(data)
            yield from commit(version, names[version.device_id], text, first=place == 0)
    yield b"done\n"


def commit(version: Version, name: str, text: bytes, *, first: bool) -> Iterator[bytes]:
    """Write one version as a commit: by whom the device says that it was changed, when Flotilla saw it first."""
    who = next((str(each["by"]) for each in version.history if each.get("by")), version.asked_by)
    author = "".join(c for c in who if c.isprintable() and c not in "<>") or "unknown"
    at = f"{int(version.first_seen.timestamp())} +0000"
    said = [
        f"{name} version {version.number}",
        "",
        *(f"{a['by']}: {a['action']} ({a['at']})" for a in version.history),
    ]
    message = "\n".join(said).encode()
    yield f"reset {BRANCH}\n".encode() if first else b""
    yield f"commit {BRANCH}\nauthor {author} <> {at}\ncommitter Flotilla <> {at}\n".encode()
    yield b"data %d\n%b\n" % (len(message), message)
    yield f"M 100644 inline {name}\n".encode() + b"data %d\n%b\n" % (len(text), text)


def files(devices: Sequence[tuple[UUID, str]]) -> dict[UUID, str]:
    """Name a file for each device; where two would have the same, its id stands in both names."""
    wanted = {device_id: _file(name) for device_id, name in devices}
    often = Counter(wanted.values())
    return {i: f"{n.removesuffix('.rsc')}-{i}.rsc" if often[n] > 1 else n for i, n in wanted.items()}


def _every(here: Console, one: TenantRow) -> list[Version]:
    """Read all versions, the oldest first."""
    found: list[Version] = []
    while True:
        with here.entered(one) as session:
            page = configs.recent(session, found[-1].id if found else None, SOME)
        found += page
        if len(page) < SOME:
            return found[::-1]


def _masked(data: bytes) -> bytes:
    return str(redact(parse(data.decode("utf-8", "surrogateescape")))).encode("utf-8", "surrogateescape")


def _file(name: str) -> str:
    """Make a name of a file that no path can be made of."""
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name).lstrip(".") or "_"
    return f"{safe}.rsc"


def _out() -> BinaryIO:
    return sys.stdout.buffer
