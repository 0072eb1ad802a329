"""The host keys of routers: made out of seed and place, so that a fleet has the same ones at every start.

A router of version 7 has an Ed25519 key; one of version 6 has a P-256 key, where a real one has RSA and DSA.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from routeros.simulator.model import Model
from routeros.simulator.router import Router


@dataclass(frozen=True, slots=True)
class HostKey:
    """A router's key: the private half as PEM, the public one as a line of ``known_hosts`` has it."""

    private: bytes
    public: str

    @property
    def fingerprint(self) -> str:
        """What OpenSSH shows: ``SHA256:`` and a hash in base64."""
        return fingerprint(self.public)


class HostKeys:
    """A part of a router: its present host key."""

    def __init__(self, router: Router) -> None:
        self._model = router.model
        self._regenerated = 0

    @property
    def present(self) -> HostKey:
        """Make the key that the router shows now."""
        key = _private(self._model, self._regenerated)
        return HostKey(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), _public(key))

    def regenerate(self) -> None:
        """Take another key; who pinned the one before must be told."""
        self._regenerated += 1


def public(model: Model) -> str:
    """Tell the public key of a device as it is when it is new, such as ``ssh-ed25519 AAAA...``."""
    return _public(_private(model, 0))


def fingerprint(public: str) -> str:
    """Hash a public key as OpenSSH shows it."""
    blob = base64.b64decode(public.split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _private(model: Model, regenerated: int) -> Ed25519PrivateKey | EllipticCurvePrivateKey:
    secret = hashlib.blake2b(f"{model.mark} host key {regenerated}".encode(), digest_size=32).digest()
    if model.version.major > 6:
        return Ed25519PrivateKey.from_private_bytes(secret)
    return derive_private_key(int.from_bytes(secret[1:], "big") + 1, SECP256R1())


def _public(key: Ed25519PrivateKey | EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
