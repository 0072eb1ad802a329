"""Submit work to Ray, once: a job's id follows from what it is to do, so asking twice starts it once."""

from __future__ import annotations

import json
import sys
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
        return " ".join([sys.executable, "-m", self.module, *self.arguments])


class Submission:
    """The door to Ray's job server. Every method raises Unavailable when nobody answers there."""

    def __init__(self, asked: Settings) -> None:
        self._state: Path = asked.state
        try:
            self._client: Any = JobSubmissionClient(asked.ray_jobs_url, headers=_headers(asked))
        except (ConnectionError, RuntimeError) as error:
            raise Unavailable("Ray's job server does not answer.", "Look at `flotilla status`.") from error

    def submit(self, job: Job) -> str:
        """Start a job unless one with its id is there already; return the id."""
        if self.phase(job.id) is Phase.UNKNOWN:
            self._client.submit_job(
                entrypoint=job.entrypoint,
                submission_id=job.id,
                runtime_env={"env_vars": {"FLOTILLA_STATE": str(self._state)}},
            )
        return job.id

    def phase(self, job_id: str) -> Phase:
        """Tell where a job stands; unknown when Ray has never heard of it, or has forgotten it."""
        try:
            return PHASES[self._client.get_job_status(job_id)]
        except RuntimeError:
            return Phase.UNKNOWN

    def last_line(self, job_id: str) -> str:
        """Return the last line that a job printed; empty when there is none."""
        try:
            lines = self._client.get_job_logs(job_id).strip().splitlines()
        except RuntimeError:
            return ""
        return str(lines[-1]) if lines else ""

    def stop(self, job_id: str) -> None:
        """Ask a job to end."""
        self._client.stop_job(job_id)


def _headers(asked: Settings) -> dict[str, str]:
    return {"Authorization": f"Bearer {asked.ray_token}"} if asked.ray_token else {}
