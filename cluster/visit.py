"""What a probe of a device came to, as a page for people and as a document for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cluster.terminal import clean
from fleet.device import Endpoint
from fleet.errors import FleetError
from routeros.probe.findings import Probe
from routeros.probe.opinion import Difference
from routeros.probe.probing import Greeting
from routeros.probe.remark import Kind, Remark
from routeros.probe.second import Opinion
from routeros.probe.verdict import judge, judge_line

MIB: Final = 1024 * 1024
MARKS: Final = {Kind.CAN: ("✓", "green"), Kind.LACKS: ("–", "dim"), Kind.WATCH: ("!", "yellow")}
TITLES: Final = {Kind.CAN: "Can", Kind.LACKS: "Lacks", Kind.WATCH: "Watch out"}


@dataclass(frozen=True, slots=True)
class Visit:
    """How far a probe came: ``error`` is what ended it, and whatever was not reached is None."""

    endpoint: Endpoint
    at: datetime
    greeting: Greeting | None = None
    probe: Probe | None = None
    opinion: Opinion | None = None
    error: FleetError | None = None

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """Everything that is to be known, of the line first."""
        certificate = self.greeting.certificate if self.greeting else None
        line = judge_line(self.endpoint.tls, certificate, self.at)
        return line + (judge(self.probe) if self.probe else ())

    @property
    def well(self) -> bool:
        """Tell whether nothing is wrong."""
        second = self.opinion is not None and self.opinion.real
        return self.error is None and not second and not any(remark.wrong for remark in self.remarks)


def show(visit: Visit, console: Console) -> None:
    """Print the page."""
    console.print(_head(visit))
    if visit.probe:
        _section(console, "Who", _facts(_who(visit.probe)))
    _section(console, "TLS", _facts(_tls(visit)))
    for kind, title in TITLES.items():
        if found := [remark for remark in visit.remarks if remark.kind is kind]:
            _section(console, title, _remarks(found))
    if visit.opinion:
        _section(console, "Second opinion", _opinion(visit.opinion))


def _head(visit: Visit) -> Text:
    if visit.probe is None:
        return Text(str(visit.endpoint), style="bold")
    name = clean(visit.probe.identity or "(without a name)")
    name.stylize("bold")
    rest = (visit.probe.board, f"RouterOS {visit.probe.version}", str(visit.endpoint))
    return name + Text("  ") + clean(" · ".join(part for part in rest if part))


def _section(console: Console, title: str, body: Table | Group | Text) -> None:
    console.print()
    console.print(Text(title, style="bold cyan"))
    console.print(Padding(body, (0, 0, 0, 2), expand=False))


def _grid() -> Table:
    return Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))


def _facts(pairs: Iterable[tuple[str, str]]) -> Table:
    """Set out names and values; what the device did not tell is left out."""
    table = _grid()
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        if value:
            table.add_row(name, clean(value))
    return table


def _who(probe: Probe) -> list[tuple[str, str]]:
    disk = probe.storage
    mode = probe.device_mode.get("mode", "")
    names = [p.name for p in probe.packages if not p.available]
    return [
        ("model", probe.model or probe.board),
        ("serial number", probe.serial),
        ("licence", probe.licence),
        ("architecture", probe.architecture),
        ("version", probe.version),
        ("boot loader", probe.firmware),
        ("packages", ", ".join(names)),
        ("device mode", mode),
        ("up for", probe.uptime),
        ("clock", f"{probe.clock.shown} {probe.clock.zone}".strip()),
        ("disk", _share(disk.free, disk.total)),
        ("memory", _share(disk.free_memory, disk.total_memory)),
        ("our user", " in group ".join(part for part in (probe.rights.username, probe.rights.group) if part)),
    ]


def _share(free: int | None, total: int | None) -> str:
    return "" if free is None or total is None else f"{free / MIB:.1f} of {total / MIB:.0f} MiB free"


def _tls(visit: Visit) -> list[tuple[str, str]]:
    greeting, mode = visit.greeting, visit.endpoint.tls
    if greeting is None:
        return [("mode", str(mode))]
    rows = [("mode", str(mode)), ("protocol", f"{greeting.version} {greeting.cipher}")]
    found = greeting.certificate
    if found is None:
        return [*rows, ("certificate", "none: the device cannot be told from another")]
    whose = f"{found.subject}, signed by itself" if found.self_signed else f"{found.subject}, by {found.issuer}"
    span = [f"{day:%Y-%m-%d}" for day in (found.not_before, found.not_after) if day]
    return [
        *rows,
        ("fingerprint", found.fingerprint),
        ("certificate", whose),
        ("valid", " to ".join(span)),
        ("key", found.key),
    ]


def _remarks(found: Sequence[Remark]) -> Table:
    table = _grid()
    for style in ("", "bold", ""):
        table.add_column(style=style, overflow="fold")
    for remark in found:
        mark, colour = MARKS[remark.kind]
        text = clean(remark.text)
        if remark.next_step:
            text += Text("\n→ ", style="dim") + clean(remark.next_step)
        table.add_row(Text(mark, style="red" if remark.wrong else colour), clean(remark.what), text)
    return table


COLUMNS: Final = ("menu", "property", "we read", "librouteros reads", "times", "why")


def _opinion(opinion: Opinion) -> Group | Text:
    if opinion.failure:
        return Text("librouteros did not get through: ", style="red") + clean(opinion.failure)
    count = sum(one.real for one in opinion.differences)
    verdict = f"{count} differences that nothing explains" if count else "what differs is what librouteros loses"
    line = f"{opinion.menus} menus read again by librouteros ({opinion.login} login): {verdict}."
    return Group(Text(line, style="red" if count else ""), _differences(opinion.differences))


def _differences(found: Sequence[Difference]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for one in sorted(found, key=lambda one: not one.real):
        cells = (one.menu, one.name, one.ours, one.theirs, str(one.count), one.why)
        table.add_row(*map(clean, cells), style="red" if one.real else None)
    return table


def document(visit: Visit) -> dict[str, Any]:
    """Tell everything to a program; spans are seconds, instants ISO 8601."""
    error = visit.error
    return {
        "address": visit.endpoint.address,
        "port": visit.endpoint.port,
        "tls": {"mode": visit.endpoint.tls, **(_plain(asdict(visit.greeting)) if visit.greeting else {})},
        "device": _plain(asdict(visit.probe)) if visit.probe else None,
        "remarks": [_plain(asdict(remark)) for remark in visit.remarks],
        "second_opinion": _plain(asdict(visit.opinion)) if visit.opinion else None,
        "error": error and {"code": error.code, "message": error.message, "next_step": error.next_step},
        "well": visit.well,
    }


def _plain(value: Any) -> Any:
    """Turn a value into what JSON has."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.isoformat() if isinstance(value, datetime) else value
