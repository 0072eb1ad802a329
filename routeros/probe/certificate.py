"""What a device's certificate says: its fingerprint, whose it is, how long it is good for, and its key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

WEAK_BITS = 2048


@dataclass(frozen=True, slots=True)
class Certificate:
    """``fingerprint`` is the SHA-256 of the DER form, in lower-case hex; the rest may be unreadable, and empty."""

    fingerprint: str
    subject: str = ""
    issuer: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    key: str = ""
    weak: bool = False

    @property
    def self_signed(self) -> bool:
        """Tell whether it vouches for itself."""
        return bool(self.subject) and self.subject == self.issuer


def read(der: bytes) -> Certificate:
    """Read a certificate; what is no proper X.509 still has a fingerprint."""
    fingerprint = hashlib.sha256(der).hexdigest()
    try:
        found = x509.load_der_x509_certificate(der)
        subject, issuer = found.subject.rfc4514_string(), found.issuer.rfc4514_string()
        first, last = found.not_valid_before_utc, found.not_valid_after_utc
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm):
        return Certificate(fingerprint)
    return Certificate(fingerprint, subject, issuer, first, last, *_key(found))


def _key(found: x509.Certificate) -> tuple[str, bool]:
    """Name the key, and tell whether it is too short by today's measure."""
    try:
        key = found.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return "", False
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}", key.key_size < WEAK_BITS
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}", False
    return type(key).__name__.removesuffix("PublicKey").strip("_"), False
