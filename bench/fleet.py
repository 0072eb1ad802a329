"""A simulated fleet in a process of its own, so that its cost is not counted."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def simulated(devices: int) -> Iterator[list[dict[str, Any]]]:
    """Start a simulator and yield its inventory."""
    with tempfile.TemporaryDirectory() as place:
        listed = Path(place) / "fleet.json"
        command = [sys.executable, "-m", "routeros.simulator", "--devices", str(devices), "--inventory", str(listed)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield json.loads(listed.read_text())
        finally:
            process.terminate()
            process.wait()
