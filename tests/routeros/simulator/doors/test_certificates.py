"""Keys and certificates: made once, kept privately, shown over TLS."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography import x509

from fleet.errors import StartRefused
from routeros.simulator.doors import certificates
from routeros.simulator.doors.certificates import FILE

WANTED = [("1/0", "127.64.0.1"), ("1/1", "127.64.0.2")]


def test_a_certificate_names_its_router_and_address() -> None:
    made = x509.load_der_x509_certificate(certificates.make("1/0", "127.64.0.1").certificate)
    assert made.subject.rfc4514_string() == "CN=1/0"
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name) for name in names.get_values_for_type(x509.IPAddress)] == ["127.64.0.1"]


def test_without_a_state_each_start_has_its_own() -> None:
    first, second = (certificates.certificates(WANTED, None) for _ in range(2))
    assert len({first[n].fingerprint for n, _ in WANTED} | {second[n].fingerprint for n, _ in WANTED}) == 4


def test_with_a_state_they_stay_and_new_ones_are_added(tmp_path: Path) -> None:
    state = tmp_path / "new" / "state"
    first = certificates.certificates(WANTED[:1], state)
    second = certificates.certificates(WANTED, state)
    third = certificates.certificates(WANTED, state)
    assert first["1/0"] == second["1/0"] == third["1/0"]
    assert second["1/1"] == third["1/1"]
    assert stat.S_IMODE((state / FILE).stat().st_mode) == 0o600
    assert [path.name for path in state.iterdir()] == [FILE]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"1/0": ["a"]}', '{"1/0": 5}', "\x00\xff"])
def test_a_broken_state_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(StartRefused, match=r"cannot be read: .*Remove it for new certificates"):
        certificates.certificates(WANTED, tmp_path)


def test_a_state_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartRefused, match="cannot be written"):
        certificates.certificates(WANTED, tmp_path / "file" / "state")
