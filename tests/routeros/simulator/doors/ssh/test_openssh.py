"""OpenSSH's own ``ssh`` and ``sftp`` against routers, unchanged: commands, status, files, and the pinned host key."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from fleet.clock import FakeClock
from routeros.simulator.simulation import Options
from tests.fixtures.simulator import THREE, Factory, Served, running
from tests.routeros.simulator.test_clients import entered, ours

pytestmark = pytest.mark.skipif(
    not (shutil.which("ssh") and shutil.which("sftp")), reason="OpenSSH's ssh and sftp are not installed"
)

DEVICES = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a call, every byte of it."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class OpenSsh:
    """The clients, with nothing of this person's own settings, and the host keys that the inventory tells."""

    place: Path
    served: Served

    def known(self, device: int, key: str = "") -> None:
        """Write ``known_hosts``."""
        entry = self.served.inventory[device]
        (self.place / "known_hosts").write_text(
            f"[{entry.address}]:{entry.ssh_port} {key or entry.host_public_key}\n"
        )

    def ssh(self, device: int, command: str, options: Sequence[str] = (), password: str = "") -> Done:
        """Run ``ssh`` with a command."""
        entry = self.served.inventory[device]
        target = ["-p", str(entry.ssh_port), f"{entry.username}@{entry.address}"]
        return self._run(device, ["ssh", *options, *self._options(), *target, command], password=password)

    def sftp(self, device: int, *lines: str) -> Done:
        """Run ``sftp`` with a batch of commands."""
        entry = self.served.inventory[device]
        batch = self.place / "batch"
        batch.write_text("\n".join(lines) + "\n")
        # A batch would forbid the password: the lines come on the standard input.
        target = ["-P", str(entry.ssh_port), f"{entry.username}@{entry.address}"]
        return self._run(device, ["sftp", *self._options(), *target], batch)

    def scp(self, device: int, way: str, *files: str) -> Done:
        """Run ``scp``: from the first file to the last; ``there:`` is the router."""
        entry = self.served.inventory[device]
        there = f"{entry.username}@{entry.address}:"
        named = [file.replace("there:", there) for file in files]
        return self._run(device, ["scp", way, *self._options(), "-P", str(entry.ssh_port), *named])

    def _options(self) -> list[str]:
        return [
            "-F", "none",
            "-o", f"UserKnownHostsFile={self.place / 'known_hosts'}",
            "-o", "GlobalKnownHostsFile=/dev/null",
            "-o", "StrictHostKeyChecking=yes",
            "-o", "HostKeyAlgorithms=+ssh-rsa",
            "-o", "PreferredAuthentications=password",
            "-o", "NumberOfPasswordPrompts=1",
            "-o", "ConnectTimeout=10",
        ]  # fmt: skip

    def _run(self, device: int, command: Sequence[str], told: Path = Path(os.devnull), password: str = "") -> Done:
        ask = self.place / "ask"
        ask.write_text('#!/bin/sh\nprintf "%s\\n" "$ROUTER_PASSWORD"\n')
        ask.chmod(0o700)
        asking = {"SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"}
        asking["ROUTER_PASSWORD"] = password or self.served.inventory[device].password
        with told.open() as source:
            done = subprocess.run(
                command,
                stdin=source,
                env={**os.environ, **asking},
                cwd=self.place,
                capture_output=True,
                timeout=120,
                check=False,
            )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="module")
def still() -> Iterator[Served]:
    """Three routers whose clock stands still, so that two clients must read the same."""
    with running(Options(3, personas=THREE, clock=FakeClock())) as served:
        yield served


@pytest.fixture
def openssh(tmp_path: Path, still: Served) -> OpenSsh:
    made = OpenSsh(tmp_path, still)
    made.known(0)
    return made


@pytest.mark.parametrize("device", DEVICES)
def test_ssh_reads_what_our_client_reads(openssh: OpenSsh, still: Served, device: int) -> None:
    openssh.known(device)
    (identity,), (resource,), addresses = ours(still, device, ("/system/identity", "/system/resource", "/ip/address"))

    def put(expression: str) -> list[str]:
        done = openssh.ssh(device, f":put {expression}")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith("\r\n")
        assert done.stdout.count("\n") == done.stdout.count("\r\n")
        return done.stdout.splitlines()

    assert put("[/system identity get name]") == [identity["name"]]
    assert put("[/system/resource/get version]") == [resource["version"]]
    found = [row.split("=", 1)[1] for row in put("[/ip address print as-value]")[0].split(";") if "address=" in row]
    assert found == [row["address"] for row in addresses]
    printed = openssh.ssh(device, "/system identity print")
    assert printed.stdout.splitlines()[0].strip() == f"name: {identity['name']}"


def test_the_exit_status_tells_of_failure(openssh: OpenSsh) -> None:
    assert openssh.ssh(0, "/ip address print").returncode == 0
    for wrong in ("/no such menu", "/ip address remove *999", ":error stop"):
        done = openssh.ssh(0, wrong)
        assert done.returncode == 1
        assert done.stdout.strip()


def test_a_command_changes_the_router(tmp_path: Path, simulator: Factory) -> None:
    served = simulator(2)
    openssh = OpenSsh(tmp_path, served)
    openssh.known(1)
    assert openssh.ssh(1, '/system identity set name="über uns"').returncode == 0
    with entered(served, 1) as api:
        assert list(api("/system/identity/print")) == [{"name": "über uns"}]
    assert openssh.ssh(1, ":put [/system identity get name]").stdout == "über uns\r\n"


def test_a_host_key_that_is_not_the_pinned_one_ends_the_call(openssh: OpenSsh, still: Served) -> None:
    openssh.known(1, still.inventory[2].host_public_key)
    done = openssh.ssh(1, ":put 1")
    assert done.returncode == 255
    assert "Host key verification failed" in done.stderr
    assert done.stdout == ""


def test_ssh_keygen_shows_the_fingerprint_of_the_inventory(openssh: OpenSsh, still: Served) -> None:
    for device in DEVICES:
        openssh.known(device)
        command = ["ssh-keygen", "-l", "-f", str(openssh.place / "known_hosts")]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
        assert shown.split()[1] == still.inventory[device].host_key


def test_version_6_needs_a_client_that_takes_old_signatures(openssh: OpenSsh) -> None:
    openssh.known(0)
    done = openssh.ssh(0, ":put 1", options=("-o", "HostKeyAlgorithms=rsa-sha2-512,ssh-ed25519"))
    assert done.returncode == 255
    assert "Their offer: ssh-rsa" in done.stderr


def test_a_wrong_password_does_not_enter(openssh: OpenSsh) -> None:
    openssh.known(1)
    done = openssh.ssh(1, ":put 1", password="wrong")
    assert done.returncode == 255
    assert "Permission denied (publickey,password)" in done.stderr


def test_sftp_puts_lists_gets_renames_and_removes(tmp_path: Path, simulator: Factory) -> None:
    served, data = simulator(2), bytes(range(256)) * 3000
    openssh = OpenSsh(tmp_path, served)
    openssh.known(1)
    (tmp_path / "sent.bin").write_bytes(data)
    done = openssh.sftp(
        1,
        "put sent.bin firmware.bin",
        "ls -l",
        "rename firmware.bin other.bin",
        "get other.bin back.bin",
        "rm other.bin",
        "ls -1",
        "get other.bin nothing.bin",
    )
    assert (tmp_path / "back.bin").read_bytes() == data
    listed, _, after = done.stdout.partition("sftp> rename")
    assert any(f" {len(data)} " in line and line.rstrip().endswith("firmware.bin") for line in listed.splitlines())
    assert ".bin" not in after.partition("sftp> ls -1")[2].partition("sftp>")[0]
    assert "not found" in done.stdout + done.stderr
    assert not (tmp_path / "nothing.bin").exists()


@pytest.mark.parametrize("way", ["-s", "-O"])
def test_scp_copies_to_and_fro_by_either_protocol(tmp_path: Path, simulator: Factory, way: str) -> None:
    served, data = simulator(2), bytes(range(256)) * 300
    openssh = OpenSsh(tmp_path, served)
    openssh.known(1)
    (tmp_path / "sent.bin").write_bytes(data)
    assert openssh.scp(1, way, "sent.bin", "there:kept.bin").returncode == 0
    assert openssh.scp(1, way, "there:kept.bin", "back.bin").returncode == 0
    assert (tmp_path / "back.bin").read_bytes() == data
    assert openssh.scp(1, way, "there:/etc/passwd", "stolen").returncode == 1
    assert not (tmp_path / "stolen").exists()


def test_sftp_is_told_when_the_disk_is_full(tmp_path: Path, simulator: Factory) -> None:
    served = simulator(1, personas=("hap_ac_lite",))
    openssh = OpenSsh(tmp_path, served)
    openssh.known(0)
    (tmp_path / "big.bin").write_bytes(bytes(8_000_000))
    done = openssh.sftp(0, "put big.bin flash/big.bin")
    assert "not enough disk space" in done.stderr or "Failure" in done.stderr
