"""``flotilla rollout report``: the report of a rollout as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api import rolloutprint, rolloutsheet
from cluster import console, terminal
from db import rolloutreports
from db.rolloutreports import Report
from fleet.errors import BadInput

FileOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there.", show_default=False)]


def report(
    rollout: Annotated[UUID, typer.Argument(metavar="ID", help="The rollout's id, as `flotilla rollout list` says.")],
    tenant: console.TenantOption,
    csv: FileOption = None,
    html: FileOption = None,
    state: terminal.StateOption = None,
) -> None:
    """Write what was done to which device, when, by whom and why: as a table, or as a page for print."""
    if csv is None and html is None:
        raise BadInput("The report has no form yet.", "Give --csv FILE, --html FILE, or both.")
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        found = rolloutreports.read(session, rollout, here.settings.clock().now())
    for path, write in ((csv, rolloutsheet.write), (html, rolloutprint.write)):
        if path is not None:
            _put(path, write, found)


def _put(path: Path, write: Callable[[Report], Iterator[str]], found: Report) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as out:
            out.writelines(write(found))
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}.", "Choose another place.") from error
    terminal.say(f"The report is in {path}.")
