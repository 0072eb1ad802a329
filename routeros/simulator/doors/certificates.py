"""Keys and certificates of the routers, kept in a state directory so that a pinned fingerprint stays true."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from fleet.errors import StartRefused

FILE = "certificates.json"
TOLD = 250
"""After so many certificates their maker says how far it is."""

_FROM, _TO = datetime(2024, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key and its self-signed certificate, both as DER."""

    key: bytes
    certificate: bytes

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate, in lower-case hex."""
        return hashlib.sha256(self.certificate).hexdigest()

    def pem(self) -> bytes:
        """Both for a TLS library."""
        parts = (("PRIVATE KEY", self.key), ("CERTIFICATE", self.certificate))
        return b"".join(
            b"-----BEGIN %b-----\n%b-----END %b-----\n" % (kind.encode(), base64.encodebytes(der), kind.encode())
            for kind, der in parts
        )


def make(name: str, address: str, lasting: tuple[datetime, datetime] = (_FROM, _TO)) -> Identity:
    """Make a P-256 key and a certificate for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    builder = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), *lasting)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(address))]), critical=False)
    )  # fmt: skip
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    return Identity(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), certificate)


class Certificates:
    """The identities of a fleet by name."""

    def __init__(self, known: dict[str, Identity]) -> None:
        self._known = known

    def __getitem__(self, name: str) -> Identity:
        return self._known[name]


def certificates(
    wanted: Iterable[tuple[str, str]], state: Path | None, say: Callable[[str], None] = lambda _: None
) -> Certificates:
    """Find or make the identities of all ``(name, address)``; those of ``state`` are used again and added to."""
    known = _load(state / FILE) if state else {}
    missing = [(name, address) for name, address in wanted if name not in known]
    fresh = {}
    for number, (name, address) in enumerate(missing):
        if number % TOLD == 0:
            say(f"certificates: {number:,} of {len(missing):,}")
        fresh[name] = make(name, address)
    known |= fresh
    if state and fresh:
        _save(state / FILE, known)
    return Certificates(known)


def _load(path: Path) -> dict[str, Identity]:
    if not path.exists():
        return {}
    try:
        document = json.loads(path.read_text())
        return {name: Identity(*(base64.b64decode(part) for part in parts)) for name, parts in document.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise StartRefused(f"{path} cannot be read: {error}.", "Remove it for new certificates.") from error


def _save(path: Path, known: dict[str, Identity]) -> None:
    document = {
        name: [base64.b64encode(part).decode() for part in (identity.key, identity.certificate)]
        for name, identity in known.items()
    }
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, json.dumps(document))
    except OSError as error:
        raise StartRefused(f"{path} cannot be written: {error.strerror}.", "Choose another place.") from error


def write_private(path: Path, content: str) -> None:
    """Write a file that only its owner can read, in one step."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(content)
    draft.replace(path)
