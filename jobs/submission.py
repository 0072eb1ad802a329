"""Submit work to Ray, once: a job's id follows from what it is to do, so asking twice starts it once."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ray.job_submission import JobStatus, JobSubmissionClient

from fleet.errors import Unavailable
from fleet.settings import Settings


class Phase(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


PHASES = {
    JobStatus.PENDING: Phase.WAITING,
    JobStatus.RUNNING: Phase.RUNNING,
    JobStatus.SUCCEEDED: Phase.DONE,
    JobStatus.FAILED: Phase.FAILED,
    JobStatus.STOPPED: Phase.FAILED,
}


@dataclass(frozen=True, slots=True)
class Job:
    """A module of ``jobs`` and the arguments that it is run with; no secret is among them."""

    module: str
    arguments: tuple[str, ...]

    @property
    def id(self) -> str:
        """The same for the same work."""
        digest = blake2b(json.dumps([self.module, *self.arguments]).encode(), digest_size=8).hexdigest()
        return f"{self.module.rsplit('.', 1)[-1]}-{digest}"

    @property
    def entrypoint(self) -> str:
        return shlex.join([sys.executable, "-m", self.module, *self.arguments])


class Submission:
    """The door to Ray's job server. Every method raises Unavailable when nobody answers there."""

    def __init__(self, asked: Settings) -> None:
        self._state: Path = asked.state
        with _reachable():
            self._client: Any = JobSubmissionClient(asked.ray_jobs_url, headers=_headers(asked))

    def submit(self, job: Job) -> str:
        """Start a job unless one with its id waits, runs or is done; one that failed is started anew."""
        phase = self.phase(job.id)
        with _reachable():
            if phase is Phase.FAILED:
                self._client.delete_job(job.id)
            if phase in (Phase.UNKNOWN, Phase.FAILED):
                self._client.submit_job(
                    entrypoint=job.entrypoint,
                    submission_id=job.id,
                    runtime_env={"env_vars": {"FLOTILLA_STATE": str(self._state)}},
                )
        return job.id

    def phase(self, job_id: str) -> Phase:
        """Tell where a job stands; unknown when Ray has never heard of it, or has forgotten it."""
        with _reachable():
            try:
                return PHASES[self._client.get_job_status(job_id)]
            except RuntimeError as error:
                if "404" not in str(error):
                    raise
                return Phase.UNKNOWN

    def last_line(self, job_id: str) -> str:
        """Return the last line that a job printed; empty when there is none."""
        with _reachable():
            lines = self._client.get_job_logs(job_id).strip().splitlines()
        return str(lines[-1]) if lines else ""


@contextmanager
def _reachable() -> Iterator[None]:
    """Turn what Ray's client raises when its server is away or refuses into our own error."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        raise Unavailable(f"Ray's job server does not answer: {error}", "Look at `flotilla status`.") from error


def _headers(asked: Settings) -> dict[str, str]:
    return {"Authorization": f"Bearer {asked.ray_token}"} if asked.ray_token else {}
