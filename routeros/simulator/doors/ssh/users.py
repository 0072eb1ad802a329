"""The public keys of a router's users."""

from __future__ import annotations

from dataclasses import dataclass

import asyncssh
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from fleet.versions import Version
from routeros.simulator.doors.ssh.keys import fingerprint
from routeros.simulator.menu import nothing
from routeros.simulator.outcome import Refused
from routeros.simulator.router import Router, Table

STORE = "/user/ssh-keys"
ED25519_SINCE = Version(7, 12)
UNREADABLE = "unable to load key file (wrong format or bad passphrase)!"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What a key is: ``rsa`` or ``ed25519``, its length, and what its owner wrote behind it."""

    kind: str
    bits: int
    comment: str
    data: bytes
    fingerprint: str


def keys(router: Router) -> Table:
    """Find the stored keys."""
    return router.table(STORE, nothing)


def parsed(version: Version, text: str) -> PublicKey:
    """Read a key as ``ssh-keygen`` writes it; raises Refused for what a version cannot use."""
    try:
        key = asyncssh.import_public_key(text)
    except asyncssh.KeyImportError as error:
        raise Refused(UNREADABLE) from error
    kind = {"ssh-rsa": "rsa", "ssh-ed25519": "ed25519"}.get(key.get_algorithm())
    if kind is None or (kind == "ed25519" and version < ED25519_SINCE):
        raise Refused(UNREADABLE)
    comment = key.get_comment() or ""
    return PublicKey(kind, _bits(key), comment, key.public_data, fingerprint(key.export_public_key().decode()))


def of(router: Router, name: str) -> list[PublicKey]:
    """Tell a user's keys."""
    return [parsed(router.model.version, row["key"]) for row in keys(router) if row["user"] == name]


def _bits(key: asyncssh.SSHKey) -> int:
    public = key.convert_to_public().pyca_key
    return public.key_size if isinstance(public, RSAPublicKey) else 256
