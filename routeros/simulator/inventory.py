"""What the simulator serves, as a list that the product or a test can take in."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from fleet.errors import StartRefused
from routeros.simulator.doors.certificates import write_private


@dataclass(frozen=True, slots=True)
class Entry:
    """One router: where it is reached, how it is entered, and what it is. ``tenant`` counts from 0.

    ``fingerprint`` is its certificate's, ``host_key`` that of its SSH key, which ``known_hosts`` takes in full.
    """

    index: int
    address: str
    api_port: int
    api_ssl_port: int
    ssh_port: int
    winbox_port: int
    username: str
    password: str
    fingerprint: str
    host_key: str
    host_public_key: str
    persona: str
    identity: str
    serial: str
    model: str
    version: str
    site: str
    tenant: int


def write(path: Path, entries: tuple[Entry, ...]) -> None:
    """Write the list as JSON, readable by its owner alone; raises StartRefused."""
    try:
        write_private(path, json.dumps([asdict(entry) for entry in entries], indent=1))
    except OSError as error:
        raise StartRefused(f"{path} cannot be written: {error.strerror}.", "Choose another place.") from error
