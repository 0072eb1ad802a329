"""The report of a rollout for print: one HTML file that loads nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final

from api.rolloutsheet import brought, last
from db.rolloutreports import Report
from db.rollouts import Line, Standing
from fleet.rollouts import Stage, Terms
from fleet.rollouts.states import BAD

STYLE: Final = """
body { font: 11px/1.4 system-ui, sans-serif; margin: 24px; color: #111; background: #fff; }
h1 { font-size: 20px; margin: 0 0 4px; }
h2 { font-size: 14px; margin: 20px 0 6px; }
h3 { font-size: 12px; margin: 12px 0 2px; }
table { border-collapse: collapse; width: 100%; } thead { display: table-header-group; }
th, td { text-align: left; vertical-align: top; padding: 3px 6px; border-bottom: 1px solid #ccc; }
td { overflow-wrap: anywhere; }
th { border-bottom-color: #111; } tr { break-inside: avoid; } .bad { font-weight: 600; } .muted { color: #555; }
@page { size: A4 landscape; margin: 12mm; }
@media print { body { margin: 0; } h2, h3 { break-after: avoid; } }
"""
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
DEVICES: Final = (
    "Wave",
    "Device",
    "Site",
    "From",
    "To",
    "Way back",
    "Stage",
    "Gates",
    "Why",
    "Bytes",
    "Restarted",
    "Ended",
)


def write(report: Report) -> Iterator[str]:
    """Yield the file; every word that came from people or devices is escaped."""
    row = report.row
    yield (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(row.name)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{STYLE}</style></head><body>\n'
    )
    to, why = escape(row.terms.target), f" {escape(row.why)}" if row.why else ""
    yield f"<h1>{escape(row.name)}</h1>\n<p>To {to}: <strong>{row.state.value}</strong>.{why}</p>\n"
    yield table(("What", "Who", "When"), _signed(report))
    yield f"<h2>Terms</h2>\n{table(('What', 'How'), _terms(row.terms))}<p class=muted>Digest {row.digest}</p>\n"
    yield "<h2>Waves</h2>\n" + table(
        ("Wave", "Devices", "Over", "Bad", "Unclear", "Left out", "Well until"), _waves(report)
    )
    yield "<h2>Devices</h2>\n" + table(DEVICES, (_device(one, report) for one in report.standings))
    if row.skipped:
        left = ((one["name"], " ".join(one["why"])) for one in row.skipped)
        yield "<h2>Left out by the plan</h2>\n" + table(("Device", "Why"), left)
    yield from _timelines(report)
    yield f"<p class=muted>As of {instant(report.at)}.</p>\n</body></html>\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay rows out; a row with a stage that is no good one stands out."""
    heads = "".join(f"<th scope=col>{escape(column)}</th>" for column in columns)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>\n{''.join(map(_row, rows))}</tbody></table>\n"


def _row(cells: Sequence[object]) -> str:
    bad = " class=bad" if any(cell in BAD for cell in cells if isinstance(cell, Stage)) else ""
    return f"<tr{bad}>{''.join(f'<td>{_cell(cell)}</td>' for cell in cells)}</tr>\n"


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return instant(value)
    return "–" if value in (None, "") else escape(str(value))


def instant(at: datetime) -> str:
    """Write an instant."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _signed(report: Report) -> Iterator[tuple[object, ...]]:
    row = report.row
    yield "Planned", row.by, row.at
    yield "Approved", row.approved_by, row.approved_at
    yield "Started", row.started_by, row.started_at
    yield "Looked at what failed, and went on", None, row.forgiven_at
    yield "Ended", None, row.ended_at


def _terms(terms: Terms) -> Iterator[tuple[str, object]]:
    limits = terms.limits
    windows = (f"{one.begin:%H:%M} to {one.end:%H:%M} {one.zone} on {sorted(one.days)}" for one in terms.windows)
    yield "Strategy", terms.strategy
    yield "Not before", terms.starts_at
    yield "Ends at the latest", terms.expires_at
    yield "Windows (0 is Monday)", "; ".join(windows) or "any time"
    yield "At once at a site", f"{limits.leaves} leaves, {limits.parents} parents, {limits.uploads} uploads"
    yield "Pauses at bad", f"{limits.least} that are {limits.share:.0%} of those that are over"
    yield "Pauses at unclear", f"{limits.unclear_least} that are {limits.unclear_share:.0%} of those that are over"
    yield "Has to stay well", f"{limits.canary_soak} after canaries, {limits.soak} after others"
    yield "Boot firmware", "written" if terms.boot else "left as it is"


def _waves(report: Report) -> Iterator[tuple[object, ...]]:
    for one in report.course.waves:
        name = f"{one.number + 1}" + (", canary" if one.canary and report.row.proving else "")
        yield name, one.size, one.over, one.bad, one.unclear, one.skipped, one.well_until


def _device(one: Standing, report: Report) -> tuple[object, ...]:
    member, unit = one.member, one.unit
    lines = report.journal.get(member.device_id, ())
    marks = [word for word, fact in (("canary", member.canary), ("reaches others", member.parent)) if fact]
    name = f"{member.name} ({', '.join(marks)})" if marks else member.name
    planned = (member.wave + 1, name, member.site, member.version, " → ".join(member.hops), member.back.value)
    gates = unit.verdict.value if unit.verdict else None
    times = (brought(lines) or None, last(lines, Stage.REBOOTING), unit.ended_at)
    return (*planned, unit.stage, gates, unit.reason, *times)


def _timelines(report: Report) -> Iterator[str]:
    """Tell what was done to each device that anything was begun with."""
    if report.journal:
        yield "<h2>What was done</h2>\n"
    for one in report.standings:
        if lines := report.journal.get(one.member.device_id):
            yield f"<h3>{escape(one.member.name)}</h3>\n" + table(
                ("When", "Step", "Stage", "Result", "Facts"), map(_line, lines)
            )


def _line(line: Line) -> tuple[object, ...]:
    facts = "; ".join(f"{name}: {_plain(value)}" for name, value in line.detail.items())
    return line.at, line.step.value, line.stage, line.result.value if line.result else None, facts


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
