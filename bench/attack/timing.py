"""How long a refusal takes for what is another's and for what is nowhere: two distributions, compared by ranks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from bench.attack import ranks
from bench.attack.document import Document, Operation
from bench.attack.people import Asker
from bench.attack.probes import Probe, Prober
from bench.attack.stock import Stock
from bench.attack.wire import Wire


def measure(document: Document, wire: Wire, tenants: tuple[Stock, Stock], rounds: int) -> dict[str, Any]:
    """Measure each operation that names something in its path, by turns; tells medians and what the ranks say."""
    own, foreign = tenants
    prober, found = Prober(document, own, foreign), {}
    for operation in document.operations:
        for probe in _last(prober, operation):
            theirs, nowhere = _sampled(prober, wire, own.admin, probe, rounds)
            found[str(operation)] = asdict(ranks.compare(theirs, nowhere))
    return found


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """Tell the operation whose two medians lie farthest apart, and how many differ by rank beyond chance."""
    if not found:
        return {"operations": 0}
    apart = {name: told["median_a"] - told["median_b"] for name, told in found.items()}
    worst = max(apart, key=lambda name: abs(apart[name]))
    beyond = sorted(name for name, told in found.items() if told["p"] < 0.01 / len(found))
    return {"operations": len(found), "farthest": worst, "apart_ms": round(apart[worst], 4), "beyond_chance": beyond}


def _last(prober: Prober, operation: Operation) -> Iterator[Probe]:
    """Choose the probe of the last thing that a path names, tenants aside."""
    names = [name for name in operation.names("path") if name != "tenant_id"]
    if names and operation.of_tenant and not operation.streams:
        probes = [p for p in prober.probes(operation) if p.slot.place == "path" and p.slot.name == names[-1]]
        yield from (probe for probe in probes[:1] if prober.nowhere(probe) is not None)


def _sampled(prober: Prober, wire: Wire, who: Asker, probe: Probe, rounds: int) -> tuple[list[float], list[float]]:
    theirs, nowhere = [], []
    other = prober.nowhere(probe)
    assert other is not None, probe
    for _ in range(rounds):
        theirs.append(who.send(wire, prober.ask(probe)).seconds)
        nowhere.append(who.send(wire, prober.ask(other)).seconds)
    return theirs, nowhere
