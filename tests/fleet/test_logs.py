"""A line says which device it is about, and holds no secret."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from fleet import logs, partition
from fleet.device import Device, Endpoint, Login, State
from fleet.events import DeviceStatusEvent
from fleet.identity import DeviceId, TenantId

ROOT = Path(__file__).resolve().parents[2]
TENANT, DEVICE = TenantId(UUID(int=1)), DeviceId(UUID(int=2))
SECRET = "correct-horse"
ROUTER = Device(DEVICE, TENANT, "router-1", Endpoint("192.0.2.1"), "admin", SECRET)

PROGRAM = """
import logging, threading
from fleet import logs
from tests.fleet.test_logs import ROUTER
logs.configure("poller-0")
log = logs.get("actors.poller")
log.info("here", **logs.about(ROUTER, 12))
log.info("the device", device=ROUTER)
thread = threading.Thread(target=lambda: logging.getLogger("hvac").warning("elsewhere"))
thread.start()
thread.join()
try:
    raise OSError("no answer of postgresql://flotilla:correct-horse@db/flotilla")
except OSError:
    log.exception("away")
"""


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    """What a process of its own wrote."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_a_line_says_which_device_it_is_about(lines: list[dict[str, Any]]) -> None:
    line = lines[0]
    assert (line["tenant"], line["device"], line["epoch"]) == (str(TENANT), str(DEVICE), "12")
    assert line["partition"] == str(partition.of(DEVICE))
    assert (line["event"], line["logger"], line["level"]) == ("here", "actors.poller", "info")


def test_every_line_names_its_process_whichever_thread_wrote_it(lines: list[dict[str, Any]]) -> None:
    assert {line["process"] for line in lines} == {"poller-0"}
    assert "elsewhere" in [line["event"] for line in lines]


def test_a_device_in_a_line_keeps_its_secret(lines: list[dict[str, Any]]) -> None:
    assert "router-1" in lines[1]["device"]
    assert SECRET not in json.dumps(lines)


def test_where_no_epoch_is_known_there_is_none() -> None:
    assert logs.about(ROUTER).keys() == {"tenant", "device", "partition"}


def test_an_event_names_its_device_and_brings_its_epoch() -> None:
    event = DeviceStatusEvent(tenant_id=TENANT, device_id=DEVICE, at=datetime(2026, 1, 5), state=State.UP, epoch=12)
    assert logs.about(event) == logs.about(ROUTER, 12)


@pytest.mark.parametrize(
    "facts",
    [
        {"device": asdict(ROUTER)},
        {"found": [asdict(ROUTER)]},
        {"login": asdict(Login("admin", SECRET))},
        {"openbao_secret_id": SECRET, "nats_token": SECRET, "Authorization": SECRET},
        {"url": f"redis://:{SECRET}@127.0.0.1:6379/0"},
        {"urls": (f"nats://flotilla:{SECRET}@127.0.0.1",)},
    ],
    ids=str,
)
def test_what_has_a_secrets_name_or_place_is_hidden(facts: dict[str, Any]) -> None:
    shown = json.dumps(logs.veiled(None, "info", facts), default=repr)
    assert SECRET not in shown
    assert logs.VEIL in shown


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1:8080/a@b", "12:30:45 admin@router", "tokens: 5", "fe80::1@ether1"]
)
def test_what_is_none_stays(text: str) -> None:
    facts = {"event": text, "tokens": 5, "token": ""}
    assert logs.veiled(None, "info", dict(facts)) == facts


def test_a_logger_that_was_used_before_is_heard_as_configured_last() -> None:
    log = logs.get("fleet.test")
    logs.configure("before", "critical")
    log.info("said before")
    logs.configure("after", "critical")
    with capture_logs() as heard:
        log.info("said after")
    assert [line["event"] for line in heard] == ["said after"]
