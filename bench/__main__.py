"""Run the measurements: ``python -m bench [--quick] [poll] [ingest]``; prints a table, writes ``bench/results``."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from bench import ingest, poll, simulator
from bench.rounds import Spread

BENCHES = {"poll": poll.measure, "ingest": ingest.measure, "simulator": simulator.measure}
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHES], help="which; all, if none is named")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and devices, under 50 seconds")
    given = parser.parse_args()
    for name in given.names or BENCHES:
        print(f"{name}:")
        found = BENCHES[name](given.quick)
        show(found)
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(json.dumps(found, default=plain, indent=1) + "\n")


def show(found: dict[str, Any], indent: str = "  ") -> None:
    """Print figures as a table."""
    for name, value in found.items():
        if isinstance(value, dict):
            print(f"{indent}{name}")
            show(value, indent + "  ")
        elif isinstance(value, Spread):
            print(f"{indent}{name:<34} {value.median:9.3f}  ({value.least:.3f} to {value.most:.3f})")
        else:
            print(f"{indent}{name:<34} {value}")


def plain(value: object) -> object:
    """Turn a value into what JSON can say."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(type(value).__name__)


if __name__ == "__main__":
    main()
