"""What judging alerts costs: a fleet's polls under twenty-six rules, in one process, as a share of a core.

``python -m bench.alerts`` writes ``bench/results/alerts-cost.json``. Only the judgement is measured: events are
made and decoded before.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from fleet.alerts.defaults import DEFAULTS
from fleet.alerts.engine import Engine
from fleet.alerts.ground import Facts, Ground
from fleet.alerts.rule import Condition, Operator, Rule, Scope, Test
from fleet.breaker import Position
from fleet.device import State
from fleet.events import DeviceMetricsEvent, FamilyRows, Outcome, Severity
from fleet.families import Cycle
from fleet.identity import DeviceId, TenantId

DEVICES: Final = 10_000
RULES: Final = 26
INTERVAL: Final = 60.0
TURNS: Final = 5
PORTS: Final = 10
RESULT: Final = Path(__file__).parent / "results" / "alerts-cost.json"

_TENANT: Final = TenantId(UUID(int=1))
_BEGIN: Final = datetime(2026, 1, 5, 12, tzinfo=UTC)
_RESOURCE: Final = (
    "cpu_load_ratio",
    "memory_free_bytes",
    "memory_total_bytes",
    "disk_free_bytes",
    "disk_total_bytes",
)
_PORT: Final = (
    "rx_errors_rate",
    "tx_errors_rate",
    "rx_drops_rate",
    "tx_drops_rate",
    "rx_bytes_rate",
    "tx_bytes_rate",
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What was measured; ``share`` is that of a core at one poll of each device a minute."""

    devices: int
    rules: int
    share: float
    look_ms: float
    deeds: int


def rules() -> list[Rule]:
    """Make the rules that a tenant begins with, and such of interfaces that it may add."""
    given = [(one.name, one.condition, one.hold) for one in DEFAULTS if one.enabled]
    for field in _PORT:
        above = Condition(test=Test.VALUE, family="interfaces", field=field, operator=Operator.ABOVE, threshold=5e8)
        given.append((f"high {field}", above, timedelta(minutes=5)))
    given.append(("silent", Condition(test=Test.ABSENT, family="interfaces"), timedelta(minutes=5)))
    return [
        Rule(id=UUID(int=n), tenant_id=_TENANT, name=name, condition=condition, severity=Severity.WARNING, hold=hold)
        for n, (name, condition, hold) in enumerate(given[:RULES])
    ]


def polls(ids: list[DeviceId], at: datetime, luck: random.Random) -> list[DeviceMetricsEvent]:
    """Make a poll of each device; one in fifty is busy, and one port in five hundred has errors."""
    outcome = Outcome(State.UP, 1, None, None, Position.CLOSED, None, 1.0, 0.1)
    labels = tuple((f"ether{n}",) for n in range(PORTS))
    found = []
    for device_id in ids:
        cpu = 0.97 if luck.random() < 0.02 else 0.3
        ports = tuple((20.0 if luck.random() < 0.002 else 0.0, 0.0, 0.0, 0.0, 1e6, 1e6, 0) for _ in labels)
        families = (
            FamilyRows("resource", _RESOURCE, ((),), ((cpu, 50, 100, 50, 100),)),
            FamilyRows("health", ("temperature_celsius", "status"), (("",),), ((45.0, None),)),
            FamilyRows("interfaces", (*_PORT, "link"), labels, ports),
            FamilyRows("wireless", ("clients", "signal_dbm"), (("wlan1",),), ((12, -60.0),)),
        )
        found.append(
            DeviceMetricsEvent(
                tenant_id=_TENANT, device_id=device_id, at=at, cycle=Cycle.FAST, families=families, outcome=outcome
            )
        )
    return found


def measure(devices: int = DEVICES, turns: int = TURNS) -> Cost:
    """Judge some polls of each device, and look around after each turn."""
    luck, made = random.Random(1), rules()  # noqa: S311 - a measurement, no secret
    ids = [DeviceId(UUID(int=1000 + n)) for n in range(devices)]
    facts = {one: Facts(_TENANT, f"router-{n}", frozenset({Scope()})) for n, one in enumerate(ids)}
    engine = Engine()
    engine.settle(Ground.of(made, facts, {}, {}), _BEGIN)
    judged = looked = 0.0
    deeds = 0
    for turn in range(turns):
        at = _BEGIN + timedelta(seconds=INTERVAL * turn)
        events = polls(ids, at, luck)
        began = time.process_time()
        deeds += len(engine.hear(events))
        middle = time.process_time()
        deeds += len(engine.look(at))
        judged, looked = judged + middle - began, looked + time.process_time() - middle
    looks = INTERVAL / 5
    share = (judged + looked * looks) / turns / INTERVAL
    return Cost(devices, len(made), round(share, 4), round(1000 * looked / turns, 1), deeds)


def main() -> None:
    """Measure, print, and keep the result."""
    cost = measure()
    document = {name: getattr(cost, name) for name in Cost.__slots__}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(document, indent=1) + "\n")
    print(json.dumps(document))


if __name__ == "__main__":
    main()
