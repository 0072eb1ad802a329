"""Take the backups of a fleet twice: ``python -m bench.backup [--quick] [--devices N]``; writes ``bench/results``."""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.backup.ground import Ground, ground, owner, working
from db import configruns, configs
from db.engine import Stores
from db.operations import Author
from db.tenancy import tenant_session
from fleet import logs
from fleet.identity import Principal, Role
from jobs import backup

RESULTS = Path(__file__).parent.parent / "results" / "backup.json"
DEVICES, QUICK = 1600, 100
LONGEST = 120.0
"""Seconds that the first run may take, of 1,600 devices on two cores."""

PER_SITE = 200


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.backup", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} devices")
    parser.add_argument("--devices", type=int, help=f"how many; {DEVICES}, if left out")
    given = parser.parse_args()
    logs.configure("bench", "error")
    devices = given.devices or (QUICK if given.quick else DEVICES)
    found = measure(devices)
    for name, value in found.items():
        print(f"  {name:<24} {value}")
    if not given.quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    good = found["failed"] == 0 and found["false_differences"] == 0 and found["first_seconds"] <= LONGEST
    return 0 if good else 1


def measure(devices: int) -> dict[str, Any]:
    """Run twice over an idle fleet; tells seconds, what failed, and versions of the second run that are none."""
    with ground(devices) as under, owner(under) as (stores, runner), working(runner):
        first, failed = _run(under, stores)
        versions = _versions(under)
        second, again = _run(under, stores)
        return {
            "devices": devices,
            "cores": os.cpu_count(),
            "first_seconds": round(first, 1),
            "second_seconds": round(second, 1),
            "per_second": round(devices / first, 1),
            "versions": versions,
            "failed": failed + again,
            "false_differences": _versions(under) - versions,
        }


def _run(under: Ground, stores: Stores) -> tuple[float, int]:
    """Take all backups as a job does; tells seconds and how many failed."""
    clock = under.settings.clock()
    me = Principal.person(under.tenant.id, "bench", Role.TENANT_ADMIN)
    begun = time.monotonic()
    with tenant_session(stores, me) as session:
        chosen = [one.device_id for one in configs.standings(session, None, 1_000_000)]
        run_id = configruns.begin(session, Author("bench", clock.now()), under.tenant.id, chosen, PER_SITE)
    ended = backup.work(stores, clock, run_id)
    return time.monotonic() - begun, ended.failed


def _versions(under: Ground) -> int:
    with psycopg.connect(under.settings.postgres_url) as admin:
        row = admin.execute("SELECT count(*) FROM config_versions").fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    raise SystemExit(main())
