"""``flotilla device ssh``: for which devices files are read and written by SFTP, by whose word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import typer
from sqlalchemy.orm import Session

from cluster import console, terminal
from cluster.commands.device import command
from dashboard import units
from db import inventory, selection, sshaccess
from db.inventory import DeviceRow
from db.operations import Author
from db.selection import Selection
from db.sshaccess import SshAccess
from fleet.errors import BadInput
from fleet.versions import known

SEVEN: Final = 7
"""From this major version on a device knows the algorithms of today."""

NAMED: Final = 5
"""How many devices a line names."""

ALLOW: Final = (
    "Examples: [bold]flotilla device ssh allow core-1 --tenant northwind[/] · "
    "[bold]flotilla device ssh allow --all --legacy --tenant northwind[/]\n\n"
    "A host key that is not named is learnt at the first use; from then on another one is an error."
)
DENY: Final = "Example: [bold]flotilla device ssh deny --tag ap --tenant northwind[/]"
LISTED: Final = "Example: [bold]flotilla device ssh list --all --tenant northwind[/]"

Which = Annotated[list[str] | None, typer.Argument(metavar="[NAME|ID]…", help="Devices by name or id.")]
Site = Annotated[list[str] | None, typer.Option(help="The devices of this site; several times.")]
Tag = Annotated[list[str] | None, typer.Option(help="The devices with this tag; several times.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="The port of their service ssh.")]
Legacy = Annotated[
    bool, typer.Option("--legacy", help="With the old algorithms, where RouterOS 6 runs or nothing is known.")
]
Key = Annotated[str | None, typer.Option(help="The host key, SHA256:…, of one device.")]
Relearn = Annotated[bool, typer.Option("--relearn", help="Forget host keys that were learnt before.")]
Every = Annotated[bool, typer.Option("--all", help="All devices of the tenant.")]


class Group:
    """The commands about SSH: a group within ``flotilla device``, so it is none by itself."""

    ssh = typer.Typer(name="ssh", help="Allow SSH for devices, or no longer.", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class Wish:
    """How SSH is to be allowed; ``relearn`` forgets the host keys that were learnt."""

    port: int
    legacy: bool
    fingerprint: str | None
    relearn: bool

    def of(self, row: DeviceRow, before: SshAccess | None, author: Author) -> SshAccess:
        """Tell how a device is entered: the old algorithms are for those that are not known to have newer ones."""
        legacy = self.legacy and not _new(row)
        if self.fingerprint is None and before is not None and before.port == self.port and not self.relearn:
            pinned, learnt = before.fingerprint, before.learnt_at
        else:
            pinned, learnt = self.fingerprint, author.at if self.fingerprint else None
        return SshAccess(self.port, legacy, pinned, learnt, author.by, author.at)


@Group.ssh.command(epilog=ALLOW)
def allow(
    tenant: console.TenantOption,
    device: Which = None,
    site: Site = None,
    tag: Tag = None,
    everything: Every = False,
    port: Port = 22,
    legacy: Legacy = False,
    fingerprint: Key = None,
    relearn: Relearn = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Allow SSH for devices: rollouts bring packages by it, and backups read what the API does not show."""
    wish = Wish(port, legacy, fingerprint, relearn)
    with console.opened(state) as here:
        one, author = here.tenant(tenant), here.author()
        with here.entered(one) as session:
            chosen = _chosen(session, device, Selection(None, site or None, tag or None), everything)
            if fingerprint is not None and len(chosen) != 1:
                raise BadInput("A host key is that of one device.", "Name one device, or leave --fingerprint out.")
            for row in chosen:
                wanted = wish.of(row, sshaccess.read(session, one.id, row.id), author)
                sshaccess.allow(session, author, one.id, row.id, wanted)
    old = [] if legacy else [row.name for row in chosen if _old(row)]
    if as_json:
        terminal.answer({"allowed": [row.name for row in chosen], "need_legacy": old})
        return
    terminal.say(f"SSH is allowed for {units.plural(len(chosen), 'device')}, at port {port}.")
    if old:
        more = f" and {len(old) - NAMED} more" if len(old) > NAMED else ""
        terminal.say(f"RouterOS 6 knows old algorithms only: say --legacy for {', '.join(old[:NAMED])}{more}.")


@Group.ssh.command(epilog=DENY)
def deny(
    tenant: console.TenantOption,
    device: Which = None,
    site: Site = None,
    tag: Tag = None,
    everything: Every = False,
    state: terminal.StateOption = None,
) -> None:
    """Allow SSH no longer; what was learnt of host keys is forgotten."""
    with console.opened(state) as here:
        one, author = here.tenant(tenant), here.author()
        with here.entered(one) as session:
            chosen = _chosen(session, device, Selection(None, site or None, tag or None), everything)
            for row in chosen:
                sshaccess.deny(session, author, one.id, row.id)
    terminal.say(f"SSH is not allowed for {units.plural(len(chosen), 'device')}.")


@Group.ssh.command("list", epilog=LISTED)
def listed(
    tenant: console.TenantOption,
    device: Which = None,
    site: Site = None,
    tag: Tag = None,
    everything: Every = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Tell of devices whether SSH is allowed, by whom, and which host key counts."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            chosen = _chosen(session, device, Selection(None, site or None, tag or None), everything)
            found = [(row.name, sshaccess.read(session, one.id, row.id)) for row in chosen]
    if as_json:
        terminal.answer([{"device": name, **_document(access)} for name, access in found])
        return
    terminal.table("", ("device", "port", "allowed by", "host key"), [_line(name, access) for name, access in found])


def _chosen(session: Session, device: list[str] | None, wanted: Selection, everything: bool) -> list[DeviceRow]:
    """Find the devices that are meant, by name; raises BadInput unless it is said which in one way."""
    filtered = wanted.sites is not None or wanted.tags is not None
    if [bool(device), filtered, everything].count(True) != 1:
        raise BadInput("It is not said which devices are meant.", "Name them, or give --site, --tag or --all.")
    if device:
        found = {row.id: row for row in (console.device(session, which) for which in device)}
        return list(found.values())
    ids = selection.devices(session, wanted) if filtered else selection.everything(session)
    if not ids:
        raise BadInput("No device is meant.", "Name other sites or tags, or --all.")
    return sorted((inventory.one(session, device_id) for device_id in ids), key=lambda row: row.name)


def _old(row: DeviceRow) -> bool:
    version = known(row.version)
    return version is not None and version.major < SEVEN


def _new(row: DeviceRow) -> bool:
    version = known(row.version)
    return version is not None and version.major >= SEVEN


def _document(access: SshAccess | None) -> dict[str, object]:
    if access is None:
        return {"allowed": False}
    return {"allowed": True, **{name: getattr(access, name) for name in SshAccess.__slots__}}


def _line(name: str, access: SshAccess | None) -> Sequence[str]:
    if access is None:
        return name, "", "nobody", ""
    key = access.fingerprint or "the first that is shown"
    return name, f"{access.port}{' with old algorithms' if access.legacy else ''}", access.allowed_by, key


command.add_typer(Group.ssh)
