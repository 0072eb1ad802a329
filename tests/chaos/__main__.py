"""Go through the table of faults: ``python -m tests.chaos [--quick] [--only NAME]``; prints it and writes JSON.

Status 0 if all that must hold holds, 1 if something does not, 2 if there is no such row.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cluster import terminal
from fleet import logs
from fleet.errors import FleetError
from tests.chaos import table
from tests.chaos.arena import Arena
from tests.chaos.ground import Ground, Scale
from tests.chaos.table import Fault, Finding

RESULTS = Path(__file__).parents[2] / "bench" / "results" / "chaos.json"


def main() -> int:
    given = _asked()
    scale = Scale.QUICK if given.quick else Scale.REAL
    known = {fault.name: fault for fault in table.faults()}
    if given.list:
        print("\n".join(f"{fault.name:<30}{fault.title}" for fault in known.values()))
        return 0
    if unknown := [name for name in given.only if name not in known]:
        print(f"There is no fault {unknown[0]!r}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    logs.configure("chaos", "error")
    chosen = [fault for name, fault in known.items() if not given.only or name in given.only]
    findings = []
    with terminal.terminable():
        for finding in _gone_through(chosen, scale):
            findings.append(finding)
            _show(finding)
    _write(findings, scale)
    failed = [finding.name for finding in findings if not finding.held]
    print(
        f"\n{len(findings) - len(failed)} of {len(findings)} hold" + (f"; not: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="outages of seconds and scaled lives, as in the suite")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this row; may be repeated")
    parser.add_argument("--list", action="store_true", help="list the rows and do nothing")
    return parser.parse_args()


def _gone_through(chosen: Sequence[Fault], scale: Scale) -> Iterator[Finding]:
    """Go through rows on equal grounds on one that runs; what the last one broke ends with its ground."""
    for ground in dict.fromkeys(fault.grounds[scale] for fault in chosen):
        here = [fault for fault in chosen if fault.grounds[scale] == ground]
        try:
            with running(ground) as arena:
                table.begin(here, arena)
                while here:
                    yield table.run(here.pop(0), arena, scale)
        except FleetError as error:
            yield from (table.unfit(fault, scale, error) for fault in here)


@contextmanager
def running(ground: Ground) -> Iterator[Arena]:
    """Start a ground in a directory of its own, which is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="flotilla-chaos-") as place:
        began = time.monotonic()
        with Arena(Path(place) / "state", ground) as arena:
            print(f"{ground.devices} devices, {ground.pollers} pollers: up in {time.monotonic() - began:.1f} s")
            yield arena


def _show(finding: Finding) -> None:
    print(f"\n{'holds' if finding.held else 'DOES NOT HOLD':<15}{finding.title}")
    print(f"  for {finding.lasted_s:g} s; {finding.took_s:g} s with all that came before and after")
    if finding.problem:
        print(f"  {finding.problem}")
    for says, held in finding.verdicts.items():
        print(f"  {'✓' if held else '✗'} {says}")
    told = " · ".join(f"{name} {value}" for name, value in finding.figures.items())
    print(textwrap.fill(told, 116, initial_indent="  ", subsequent_indent="  "), flush=True)


def _write(findings: Sequence[Finding], scale: Scale) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    document = {"scale": scale, "faults": [finding.document() for finding in findings]}
    RESULTS.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
