"""``flotilla device probe`` against simulated and scripted routers: the page, the document and the exit status."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from rich.console import Console

from cluster.__main__ import run
from cluster.terminal import clean
from cluster.visit import Visit, document, show
from fleet.device import Endpoint, TlsMode
from fleet.errors import BadInput
from routeros.simulator.device import naming
from routeros.simulator.doors.certificates import FILE
from routeros.simulator.simulation import Options
from tests.fixtures.simulator import Served, running
from tests.routeros.certificates import issue
from tests.routeros.replies import NOW, probed
from tests.routeros.scripted import HERE, Peer, router

KINDS = ("rb951", "hap_ax2", "chr")


@pytest.fixture(scope="module")
def fleet() -> Iterator[Served]:
    with running(Options(len(KINDS), personas=KINDS)) as served:
        yield served


@dataclass
class Said:
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


Probe = Callable[..., Said]


@pytest.fixture
def probe(
    fleet: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Probe:
    """Probe a simulated router by its place; ``password`` stands on standard input, without it no user is named."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLOTILLA_STATE", str(tmp_path / "state"))

    def ask(device: int, *words: str, tls: str = "pin", password: str | None = None) -> Said:
        entry = fleet.inventory[device]
        port = entry.api_port if tls == "plain" else entry.api_ssl_port
        more = ["--fingerprint", entry.fingerprint] if tls == "pin" and "--unpinned" not in words else []
        words = tuple(word for word in words if word != "--unpinned")
        if password is not None:
            more += ["--username", entry.username, "--password-stdin"]
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(password.encode())))
        status = run(["device", "probe", entry.address, "--port", str(port), "--tls", tls, *more, *words])
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return ask


def password(fleet: Served, device: int) -> str:
    return f"{fleet.inventory[device].password}\n"


@pytest.mark.parametrize("device", range(len(KINDS)), ids=KINDS)
def test_the_page_tells_who_it_is_and_what_it_can(fleet: Served, probe: Probe, device: int) -> None:
    said = probe(device, "--simulated", password=password(fleet, device))
    model = fleet.simulation.models[device]
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(model.identity)
    titles = [line for line in said.out.splitlines() if line and not line.startswith(" ")][1:]
    assert titles[:3] == ["Who", "TLS", "Can"]
    assert fleet.inventory[device].fingerprint in said.out
    assert str(model.version) in said.out
    assert "✓  services" in said.out


def test_over_plain_it_warns_and_says_so_by_its_status(fleet: Served, probe: Probe) -> None:
    said = probe(0, "--simulated", tls="plain", password=password(fleet, 0))
    assert said.status == 1
    assert "Watch out\n  !  plain" in said.out
    assert "→ Give api-ssl a certificate" in said.out


def test_without_a_fingerprint_it_is_shown_and_nobody_logs_in(fleet: Served, probe: Probe) -> None:
    before = fleet.control("stats")["logins"]
    said = probe(1, "--simulated", "--unpinned", password="never read")
    assert said.status == 1
    assert fleet.inventory[1].fingerprint in said.out
    why, step = said.err.splitlines()
    assert why.startswith("flotilla: No fingerprint is stored")
    assert f"--fingerprint {fleet.inventory[1].fingerprint}" in step
    assert fleet.control("stats")["logins"] == before
    assert sys.stdin.read() == "never read"


def test_a_certificate_that_nobody_vouches_for_is_shown_with_what_to_do(probe: Probe) -> None:
    said = probe(1, "--simulated", tls="verify", password="never read")
    assert said.status == 1
    assert "signed by itself" in said.out
    assert "not trusted" in said.err
    assert "--tls pin" in said.err
    assert sys.stdin.read() == "never read"


def test_an_authority_of_one_s_own_vouches_for_a_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FLOTILLA_STATE", str(tmp_path / "state"))
    mine, other = issue("mine"), issue("other")
    shown = issue("router", naming.address(0), by=mine, days=400)
    key = shown.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    parts = [base64.b64encode(der).decode() for der in (key, shown.certificate.public_bytes(Encoding.DER))]
    (tmp_path / FILE).write_text(json.dumps({"1/0": parts}))
    files = {"mine": mine.pem, "other": other.pem, "none": "no certificate"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with running(Options(1, personas=("chr",), state=tmp_path)) as served:
        entry = served.inventory[0]
        words = ["device", "probe", entry.address, "--port", str(entry.api_ssl_port), "--simulated"]
        for name, status, text in (
            ("mine", 0, shown.fingerprint),
            ("other", 1, "--authority FILE"),
            ("none", 2, "holds no certificate"),
            ("gone", 2, "cannot be read"),
        ):
            assert run([*words, "--authority", str(tmp_path / name)]) == status
            said = capsys.readouterr()
            assert text in said.out + said.err
        assert run([*words, "--tls", "plain", "--authority", str(tmp_path / "mine")]) == 2


def test_without_a_user_only_the_handshake_is_done(fleet: Served, probe: Probe) -> None:
    before = fleet.control("stats")["logins"]
    said = probe(1, "--simulated")
    assert (said.status, said.err) == (0, "")
    assert "Who" not in said.out
    assert fleet.inventory[1].fingerprint in said.out
    assert fleet.control("stats")["logins"] == before


def test_the_second_opinion_is_a_table(fleet: Served, probe: Probe) -> None:
    said = probe(1, "--simulated", "--second-opinion", password=password(fleet, 1))
    assert said.status == 0
    assert "Second opinion" in said.out
    assert "/ip/service" in said.out
    assert "what differs is what librouteros loses" in " ".join(said.out.split())
    found = probe(1, "--simulated", "--second-opinion", "--json", password=password(fleet, 1)).document
    assert {"menu": "/ip/service", "name": "port", "real": False}.items() <= next(
        one for one in found["second_opinion"]["differences"] if one["name"] == "port"
    ).items()


def test_a_program_gets_a_document(fleet: Served, probe: Probe) -> None:
    said = probe(1, "--simulated", "--json", password=password(fleet, 1))
    found = said.document
    assert (said.status, said.err, found["well"], found["error"]) == (0, "", True, None)
    assert found["tls"]["certificate"]["fingerprint"] == fleet.inventory[1].fingerprint
    assert found["device"]["serial"] == fleet.inventory[1].serial
    assert found["device"]["menus"]["/interface/wifi"] == "present"
    assert isinstance(found["device"]["clock"]["ahead"], float)


def test_a_refused_login_is_two_lines(fleet: Served, probe: Probe) -> None:
    said = probe(1, "--simulated", tls="plain", password="wrong")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("flotilla: The router refused the login")
    assert len(said.err.splitlines()) == 2
    found = probe(1, "--simulated", "--json", password="wrong")
    assert (found.status, found.document["error"]["code"]) == (2, "login_failed")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "loopback"),
        (("--simulated", "--port", "1"), "refused"),
        (("--simulated", "--tenant", "northwind"), "its own"),
        (("--tenant", "northwind"), "Nothing runs"),
        (("--fingerprint", "beef"), "no SHA-256"),
    ],
)
def test_what_is_refused_is_two_lines(probe: Probe, words: tuple[str, ...], text: str) -> None:
    said = probe(1, *words, password="x")
    assert (said.status, said.out) == (2, "")
    assert text in said.err.splitlines()[0]
    assert said.err.splitlines()[1].startswith("→ ")


def test_a_second_opinion_without_a_user_is_refused(probe: Probe) -> None:
    said = probe(1, "--simulated", "--second-opinion")
    assert (said.status, said.out) == (2, "")
    assert "--username" in said.err


def test_an_empty_password_is_refused_after_the_certificate_was_accepted(probe: Probe) -> None:
    said = probe(1, "--simulated", password="")
    assert said.status == 2
    assert "no password" in said.err


def test_a_silent_device_ends_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FLOTILLA_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("FLOTILLA_POLL_TIMEOUT", "100ms")
    with socket.create_server((HERE, 0)) as silent:
        port = silent.getsockname()[1]
        words = ["device", "probe", HERE, "--port", str(port), "--simulated", "--tls", "pin"]
        assert run(words) == 2
    assert "does not answer" in capsys.readouterr().err


def test_the_help_names_the_exit_statuses(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["device", "probe", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "0 all is well · 1 it answered" in told


def printed(visit: Visit) -> str:
    out = io.StringIO()
    show(visit, Console(file=out, width=100, color_system=None))
    return out.getvalue()


def test_what_a_device_says_cannot_steer_the_terminal() -> None:
    evil = "a\x1b]0;owned\x07\x1b[2J[bold]b\u202e"
    page = printed(Visit(Endpoint(HERE), NOW, probe=probed(system_identity=[{"name": evil}])))
    assert "\x1b" not in page
    assert "\x07" not in page
    assert "[bold]b" in page
    assert not set(clean(evil).plain) & {"\x1b", "\x07", "\u202e"}


def test_what_a_refusal_says_cannot_steer_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FLOTILLA_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x\n")))

    async def evil(peer: Peer) -> None:
        _, tag = await peer.command()
        peer.say("!trap", "=message=a\x1b[2J\nb", tag)
        peer.say("!done", tag)
        await peer.silence()

    async def scenario() -> int:
        async with router(evil) as here:
            words = ["device", "probe", HERE, "--port", str(here.endpoint.port), "--simulated", "--tls", "plain"]
            return await asyncio.to_thread(run, [*words, "--username", "admin", "--password-stdin"])

    assert asyncio.run(scenario()) == 2
    told = capsys.readouterr().err
    assert "a\N{REPLACEMENT CHARACTER}[2J b" in told
    assert "\x1b" not in told


def test_a_page_of_a_device_that_says_nothing_is_short() -> None:
    menus = ("system_identity", "system_resource", "system_routerboard", "system_package", "ip_service")
    nothing: dict[str, Any] = {menu: [] for menu in menus}
    page = printed(Visit(Endpoint(HERE, tls=TlsMode.PIN), NOW, probe=probed(**nothing)))
    assert page.startswith("(without a name)")
    assert "serial number" not in page


def test_the_document_of_a_visit_is_json() -> None:
    visit = Visit(Endpoint(HERE), NOW, probe=probed(), error=BadInput("No.", "Go."))
    found = json.loads(json.dumps(document(visit)))
    assert found["error"] == {"code": "bad_input", "message": "No.", "next_step": "Go."}
    assert found["device"]["rights"]["policies"] == sorted(probed().rights.policies or ())
