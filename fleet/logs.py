"""Structured logging, configured once in each process: a JSON object on a line of standard error.

Who logs on behalf of a device says which one by ``about``; the names are the same everywhere: ``tenant``, ``device``,
``partition``, ``epoch``, and ``poller`` where another process than the poller's speaks of it.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from fleet import partition
from fleet.device import Device
from fleet.events import DeviceChangedEvent, DeviceEvent
from fleet.identity import DeviceId

VEIL = "***"
_WORDS = "secret|secret_id|password|passphrase|token|authorization|cookie|session_key"
_SECRET = re.compile(rf"(?:.*_)?(?:{_WORDS})\Z", re.IGNORECASE)
_processors: list[structlog.typing.Processor] = []
"""One list for good: a logger that was used before logs are configured anew keeps it, and so what is in it."""

_IN_URL = re.compile(r"(://[^:/?#@\s]*:)[^/?#@\s]+@")


def configure(process: str, level: str = "info") -> None:
    """Send structlog's and the standard library's records to standard error, each with the process's name."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _Named(process),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    _processors[:] = [*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]
    structlog.configure(
        processors=_processors,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                veiled,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def get(name: str) -> structlog.stdlib.BoundLogger:
    """Make a logger; its messages are events in a few words, its facts are keyword arguments."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def about(whom: Device | DeviceEvent | DeviceChangedEvent, epoch: int | None = None) -> dict[str, str]:
    """Name a device, or that of an event: ``log.warning("a poll crashed", **logs.about(device, epoch))``.

    An event brings its own epoch.
    """
    device_id, epoch = (whom.id, epoch) if isinstance(whom, Device) else (DeviceId(whom.device_id), whom.epoch)
    known = {"tenant": whom.tenant_id, "device": device_id, "partition": partition.of(device_id), "epoch": epoch}
    return {name: str(value) for name, value in known.items() if value is not None}


def veiled(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide what must not be in a line, should it ever get there: values with a secret's name, passwords in URLs."""
    return {name: _veil(name, value) for name, value in line.items()}


class _Named:
    """Puts the process's name into every line; a thread starts without the variables of the one that made it."""

    def __init__(self, process: str) -> None:
        self._process = process

    def __call__(self, _: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        line["process"] = self._process
        return line


def _veil(name: str, value: Any) -> Any:
    if _SECRET.match(name):
        return value and VEIL
    if isinstance(value, str):
        return _IN_URL.sub(rf"\1{VEIL}@", value)
    if isinstance(value, Mapping):
        return {str(key): _veil(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_veil("", inner) for inner in value]
    return value
