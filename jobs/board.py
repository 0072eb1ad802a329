"""What Ray's job server has: every job, where it stands, since when; asked over HTTP, without Ray's own client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from fleet import settings
from fleet.errors import Unavailable
from fleet.settings import Settings

PATIENCE = 3.0
WORDS = {"PENDING": "waiting", "RUNNING": "running", "SUCCEEDED": "done", "FAILED": "failed", "STOPPED": "stopped"}
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Standing:
    """A job and where it stands: ``waiting``, ``running``, ``done``, ``failed``, ``stopped`` or ``unknown``."""

    id: str
    state: str
    entrypoint: str
    message: str
    began_at: datetime | None
    ended_at: datetime | None


def known(asked: Settings) -> list[Standing]:
    """Read the jobs of the Ray that these settings know by now; raises Unavailable.

    Where Ray is may be known only since the web server runs, so the settings are read anew.
    """
    now = settings.load(asked.state)
    if not now.ray_jobs_url:
        raise Unavailable("Nobody has said where Ray is.", "Set ray_jobs_url.")
    return read(now.ray_jobs_url, now.ray_token)


def read(url: str, token: str) -> list[Standing]:
    """Read all jobs that were submitted, the newest first; raises Unavailable where nobody answers."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = httpx.get(f"{url}/api/jobs/", timeout=PATIENCE, headers=headers, trust_env=False)
        told = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise Unavailable("Ray's job server does not answer.", "Look at `flotilla status`.") from error
    found = [standing(job) for job in told if job.get("submission_id")]
    return sorted(found, key=lambda job: job.began_at or datetime.max.replace(tzinfo=UTC), reverse=True)


def standing(told: Mapping[str, Any]) -> Standing:
    """Read one job as Ray tells it; its times are milliseconds."""
    return Standing(
        id=str(told["submission_id"]),
        state=WORDS.get(str(told.get("status")), UNKNOWN),
        entrypoint=str(told.get("entrypoint") or ""),
        message=str(told.get("message") or ""),
        began_at=_instant(told.get("start_time")),
        ended_at=_instant(told.get("end_time")),
    )


def _instant(milliseconds: object) -> datetime | None:
    return (
        datetime.fromtimestamp(milliseconds / 1000, UTC)
        if isinstance(milliseconds, int | float) and milliseconds
        else None
    )
