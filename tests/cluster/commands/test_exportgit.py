"""The history of configurations as git takes it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from cluster.commands.config.exportgit import commit, files
from db.configs import Version
from fleet.backups import Reason
from fleet.identity import DeviceId, TenantId

AT = datetime(2026, 1, 5, tzinfo=UTC)
ONE = Version(
    id=UUID(int=1),
    tenant_id=TenantId(UUID(int=2)),
    device_id=DeviceId(UUID(int=3)),
    number=1,
    size=1,
    lines=1,
    ros_version="7.16",
    history=({"action": "filter rule changed", "by": "ev<e", "at": "12:00:00"},),
    reason=Reason.HAND,
    asked_by="anna",
    first_seen=AT,
    last_seen=AT,
    pinned_at=None,
    pinned_by=None,
    note=None,
)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_takes_the_stream_as_a_commit_for_each_version(tmp_path: Path) -> None:
    second = replace(ONE, number=2, first_seen=AT.replace(day=6), history=())
    parts = [*commit(ONE, "core-1.rsc", b"one\n", first=True), *commit(second, "core-1.rsc", b"two\n", first=False)]
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "fast-import", "--quiet"], input=b"".join(parts), check=True)
    told = subprocess.run(
        ["git", "-C", tmp_path, "log", "--format=%an|%as|%s|%b", "main"], capture_output=True, check=True, text=True
    )
    assert told.stdout.split("\n\n")[0].splitlines() == [
        "anna|2026-01-06|core-1.rsc version 2|",
        "eve|2026-01-05|core-1.rsc version 1|ev<e: filter rule changed (12:00:00)",
    ]
    shown = subprocess.run(["git", "-C", tmp_path, "show", "main:core-1.rsc"], capture_output=True, check=True)
    assert shown.stdout == b"two\n"


def test_no_name_leaves_the_directory_and_no_two_devices_share_a_file() -> None:
    ids = [UUID(int=n) for n in range(4)]
    named = files(list(zip(ids, ("../../etc/passwd", "a b", "a_b", "core-1"), strict=True)))
    assert named[ids[0]] == "_.._etc_passwd.rsc"
    assert named[ids[3]] == "core-1.rsc"
    assert len(set(named.values())) == 4
