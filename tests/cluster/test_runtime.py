"""Ray's head is ours, behind its token, and comes back whole when any part of it dies."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cluster.runtime import ROOT, Runtime
from cluster.servers import ask
from cluster.servers.state import State
from fleet import settings
from tests.fixtures.demo import until

DRIVER = """
import os, sys
import ray
ray.init(address=sys.argv[1], namespace="flotilla", log_to_driver=False, configure_logging=False)

@ray.remote(num_cpus=0)
class Asked:
    def state(self):
        return os.environ["FLOTILLA_STATE"]

print(ray.get(Asked.remote().state.remote()))
"""
LINGERS = ["sleep", f"600.{os.getpid()}"]
"""What a job leaves behind, known among the processes of all others on this machine."""

JOB = f"""
import sys, time
from ray.job_submission import JobSubmissionClient, JobStatus
jobs = JobSubmissionClient(sys.argv[1])
job = jobs.submit_job(entrypoint="python -c 'import fleet; print(fleet.__name__)'; {" ".join(LINGERS)}")
while "fleet" not in jobs.get_job_logs(job).splitlines():
    assert jobs.get_job_status(job) in (JobStatus.PENDING, JobStatus.RUNNING), jobs.get_job_logs(job)
    time.sleep(0.1)
print("runs")
"""


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A head in a directory whose name is too long for sockets."""
    deep = tmp_path_factory.mktemp("a-state-directory-with-a-name-that-is-far-too-long-for-the-sockets-of-ray")
    with State(deep) as state, Runtime(state) as runtime:
        yield runtime


def run(program: str, head: Runtime, address: str) -> str:
    """Run a program as a driver would run, and return what it says."""
    environment = settings.environment(Path("/nowhere"), **head.environment())
    command = [sys.executable, "-c", program, address]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def parts(head: Runtime) -> list[psutil.Process]:
    process = psutil.Process(head.pid)
    return [process, *process.children(recursive=True)]


def runs(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def die(head: Runtime, name: str) -> None:
    """Kill one part of the head and wait until the head has noticed."""
    victim = next(part for part in parts(head) if runs(part) and name in part.name())
    victim.kill()
    psutil.Process(head.pid).wait(60)
    assert not head.alive()


def test_actors_know_the_state_directory(head: Runtime) -> None:
    assert run(DRIVER, head, head.address).endswith("of-ray0")


def test_nobody_enters_without_the_token(head: Runtime) -> None:
    port = int(head.jobs_url.rpartition(":")[2])
    assert until(lambda: ask.get(port, "/api/jobs/").status or None, "the job server answers") == 401
    me = {"Authorization": f"Bearer {head.token}"}
    assert until(lambda: ask.get(port, "/api/jobs/", me).status or None, "the job server answers") == 200


def test_it_listens_on_loopback_alone(head: Runtime) -> None:
    found = {c.laddr.ip for part in parts(head) for c in part.net_connections() if c.status == psutil.CONN_LISTEN}
    assert found <= {"127.0.0.1", "::ffff:127.0.0.1"}


def test_a_head_that_lost_a_part_comes_back_and_leaves_nothing(head: Runtime) -> None:
    assert run(JOB, head, head.jobs_url) == "runs"
    address, before = head.address, parts(head)
    die(head, "raylet")
    head.restart()
    assert not [part for part in before if runs(part)]
    assert not [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == LINGERS]
    until(lambda: head.ready() or None, "the head is ready")
    assert head.address == address
    assert run(DRIVER, head, head.address)


def test_a_head_that_lost_its_memory_ends(head: Runtime) -> None:
    die(head, "gcs_server")
    head.restart()
    until(lambda: head.ready() or None, "the head is ready")
