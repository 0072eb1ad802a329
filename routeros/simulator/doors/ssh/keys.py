"""The host keys of routers: made out of seed and place, so that a fleet has the same ones at every start.

A router that came with 7.9 or later has an Ed25519 key, or RSA where ``host-key-type`` says so; one that came with
an earlier version has RSA. They are quick to make and protect nothing: whoever knows a fleet's seed knows them all.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from math import gcd

import asyncssh
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fleet.versions import Version
from routeros.simulator.device.model import Model
from routeros.simulator.doors.ssh.settings import ED25519_SINCE
from routeros.simulator.router import Router


def _prime(name: bytes, step: int) -> int:
    """Make a prime of 1024 bits; ``step`` is how far the next one is, which takes a second to find."""
    return (int.from_bytes(hashlib.shake_256(name).digest(128), "big") | 3 << 1022 | 1) + step


_P, _Q = _prime(b"first", 750), _prime(b"second", 1098)
_TURNS = (_P - 1) * (_Q - 1)
"""All RSA keys have the same two primes and differ in their exponents."""

_OLD = [b"ssh-rsa"]
"""What version 6 can sign with: SHA-1, which clients must be told to accept."""


@dataclass(frozen=True, slots=True)
class HostKey:
    """A router's key. ``public`` is as a line of ``known_hosts`` has it: ``ssh-ed25519 AAAA...``."""

    secret: bytes
    rsa: bool

    @property
    def public(self) -> str:
        if self.rsa:
            key = rsa.RSAPublicNumbers(_exponent(self.secret), _P * _Q).public_key()
            return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        key25519 = Ed25519PrivateKey.from_private_bytes(self.secret).public_key()
        return key25519.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()

    def pair(self, running: Version) -> asyncssh.SSHKeyPair:
        """Make the key as the SSH library takes it; ``running`` decides with what it can sign."""
        private = _rsa(self.secret) if self.rsa else Ed25519PrivateKey.from_private_bytes(self.secret)
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        key = asyncssh.import_private_key(pem, unsafe_skip_rsa_key_validation=True)
        (pair,) = asyncssh.load_keypairs([key])
        if running.major < 7:
            pair.host_key_algorithms = _OLD
        return pair


class HostKeys:
    """A part of a router: its present host key."""

    def __init__(self, router: Router) -> None:
        self.present = first(router.model)
        self._model = router.model
        self._regenerated = 0

    def regenerate(self, kind: str = "") -> None:
        """Take another key, ``rsa`` or ``ed25519``; who pinned the one before must be told."""
        self._regenerated += 1
        self.present = _key(self._model, self._regenerated, kind)


def fingerprint(public: str) -> str:
    """Tell what OpenSSH shows of a public key: ``SHA256:`` and a hash in base64."""
    blob = base64.b64decode(public.split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def first(model: Model) -> HostKey:
    """Tell the key of a device as it is when it is new."""
    return _key(model, 0, "")


def _key(model: Model, regenerated: int, kind: str) -> HostKey:
    secret = hashlib.blake2b(f"{model.mark} host key {regenerated}".encode(), digest_size=32).digest()
    return HostKey(secret, model.delivered < ED25519_SINCE if not kind else kind == "rsa")


def _exponent(secret: bytes) -> int:
    exponent = int.from_bytes(secret[:4], "big") | 0x80000001
    while gcd(exponent, _TURNS) > 1:
        exponent += 2
    return exponent


def _rsa(secret: bytes) -> rsa.RSAPrivateKey:
    public = rsa.RSAPublicNumbers(_exponent(secret), _P * _Q)
    private = pow(public.e, -1, _TURNS)
    parts = rsa.rsa_crt_dmp1(private, _P), rsa.rsa_crt_dmq1(private, _Q), rsa.rsa_crt_iqmp(_P, _Q)
    return rsa.RSAPrivateNumbers(_P, _Q, private, *parts, public).private_key(unsafe_skip_rsa_key_validation=True)
