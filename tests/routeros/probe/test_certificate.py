"""Certificates: what can be read, and that anything has a fingerprint."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from routeros.probe.certificate import read
from tests.routeros.certificates import issue

AUTHORITY = issue("authority")
ROUTER = issue("router", "127.64.200.1", AUTHORITY)


def test_a_certificate_is_read() -> None:
    found = read(ROUTER.certificate.public_bytes(Encoding.DER))
    assert (found.fingerprint, found.subject, found.issuer) == (ROUTER.fingerprint, "CN=router", "CN=authority")
    assert found.not_before is not None
    assert found.not_after is not None
    assert found.not_before < found.not_after
    assert (found.key, found.weak, found.self_signed) == ("EC secp256r1", False, False)
    assert read(AUTHORITY.certificate.public_bytes(Encoding.DER)).self_signed


@given(st.binary(max_size=40) | st.integers(0, 300).map(lambda n: ROUTER.certificate.public_bytes(Encoding.DER)[:n]))
def test_what_is_no_certificate_has_a_fingerprint(der: bytes) -> None:
    assert read(der).fingerprint == hashlib.sha256(der).hexdigest()


@given(st.integers(0, 2**16), st.integers(0, 255))
def test_a_damaged_certificate_raises_nothing(place: int, value: int) -> None:
    der = bytearray(ROUTER.certificate.public_bytes(Encoding.DER))
    der[place % len(der)] = value
    assert len(read(bytes(der)).fingerprint) == 64


@pytest.mark.parametrize(("bits", "weak"), [(1024, True), (2048, False)])
def test_a_short_key_is_weak(bits: int, weak: bool) -> None:
    key = rsa.generate_private_key(65537, bits)
    name, now = x509.Name([]), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    found = read(dated.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))
    assert (found.key, found.weak) == (f"RSA {bits}", weak)
