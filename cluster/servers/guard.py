"""A small process that ends what a killed Flotilla left running: ``python -m cluster.servers.guard RUN OWNER``.

It waits for the end of its standard input, which comes with the death of the process that started it, however
sudden. In an orderly stop there are no pid files of that owner left by then, and it only leaves.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from cluster.servers.process import Record, end, records

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = timedelta(seconds=8)


class Guard:
    """Hold one guard process for the servers of one owner."""

    def __init__(self, folder: Path, owner: str) -> None:
        self._command = [sys.executable, "-m", "cluster.servers.guard", str(folder), owner]
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._popen.pid if self._popen else None

    def ensure(self) -> None:
        """Start the guard, or start it again when somebody killed it."""
        if self._popen is None or self._popen.poll() is not None:
            self._popen = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env={"PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def close(self) -> None:
        """Let the guard go; it ends first what still has a pid file."""
        if self._popen is not None and self._popen.stdin is not None:
            self._popen.stdin.close()
            self._popen.wait()
            self._popen = None


def main(folder: Path, owner: str) -> None:
    sys.stdin.buffer.read()
    end(_left(folder, owner).values(), PATIENCE)
    # Meanwhile the next holder may have put its own records in their place.
    for path in _left(folder, owner):
        path.unlink(missing_ok=True)


def _left(folder: Path, owner: str) -> dict[Path, Record]:
    return {path: record for path, record in records(folder).items() if record.owner == owner}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
