"""The doctor finds what is wrong, says what to do, and touches nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster import doctor
from cluster.doctor import Check, Finding
from cluster.servers.state import State
from fleet.errors import StartRefused
from routeros import words


def found(place: Path, name: str) -> Finding:
    return next(finding for finding in doctor.examine(place) if finding.name == name)


def refuse(_: Path) -> tuple[bool, str, str]:
    raise StartRefused("It is broken.", "Mend it.")


def deny(_: Path) -> tuple[bool, str, str]:
    raise PermissionError(13, "Permission denied", "/there")


def test_this_machine_can_run_it(tmp_path: Path) -> None:
    findings = {finding.name: finding for finding in doctor.examine(tmp_path / "new")}
    for name in ("python", "programs", "account", "open files", "state directory", "ports"):
        assert findings[name].ok, findings[name]
        assert findings[name].next_step == ""
    assert not (tmp_path / "new").exists()


def test_it_says_which_parser_runs(tmp_path: Path) -> None:
    finding = found(tmp_path, "parser")
    assert finding.ok
    assert ("compiled code" in finding.detail) is words.COMPILED
    assert ("pure Python" in finding.detail) is not words.COMPILED


def test_a_foreign_directory_is_found(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    finding = found(tmp_path, "state directory")
    assert not finding.ok
    assert "--state" in finding.next_step


def test_a_directory_in_use_is_no_fault(tmp_path: Path) -> None:
    with State(tmp_path):
        finding = found(tmp_path, "state directory")
    assert finding.ok
    assert "in use" in finding.detail


@pytest.mark.parametrize(("look", "detail"), [(refuse, "It is broken."), (deny, "/there: Permission denied.")])
def test_a_check_that_is_refused_is_a_finding(tmp_path: Path, look: doctor.Look, detail: str) -> None:
    finding = Check("it", look).run(tmp_path)
    assert (finding.ok, finding.detail) == (False, detail)
    assert finding.next_step


def test_a_full_disk_is_found() -> None:
    assert not found(Path("/proc/flotilla"), "disk").ok
