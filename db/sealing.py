"""A text at rest: compressed, then encrypted with AES-GCM; and its address, a keyed hash."""

from __future__ import annotations

import hashlib
import hmac
import os
import zlib
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fleet.errors import FleetError
from fleet.identity import TenantId

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_LEVEL: Final = 6
_FORM: Final = b"\x01"
"""The first byte of what is stored: zlib within AES-256-GCM, a nonce of 12 bytes in front."""


class SealBroken(FleetError):
    """A stored configuration cannot be opened: damaged, moved to another row, or its key is gone."""

    code = "config_broken"


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a tenant, out of its wrapping."""

    id: UUID
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """What a text is stored with: the key that encrypts it, and the one that its address is made with."""

    data: Key
    address: Key

    def digest(self, text: bytes) -> bytes:
        """Make the address of a text; without the tenant's key nobody can tell whether two texts are equal."""
        return hmac.digest(self.address.secret, text, hashlib.sha256)


def fresh() -> bytes:
    """Make a key."""
    return os.urandom(KEY_BYTES)


def seal(key: Key, tenant_id: TenantId, place: UUID, text: bytes) -> bytes:
    """Compress and encrypt a text for one row of a tenant; in any other row it does not open."""
    nonce = os.urandom(_NONCE_BYTES)
    return _FORM + nonce + AESGCM(key.secret).encrypt(nonce, zlib.compress(text, _LEVEL), _bound(tenant_id, place))


def unseal(key: Key, tenant_id: TenantId, place: UUID, sealed: bytes) -> bytes:
    """Decrypt and decompress what ``seal`` made; raises SealBroken."""
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        if sealed[:1] != _FORM:
            raise ValueError("another form")
        return zlib.decompress(AESGCM(key.secret).decrypt(nonce, body, _bound(tenant_id, place)))
    except (InvalidTag, ValueError, zlib.error) as error:
        raise SealBroken(
            "A stored configuration cannot be opened: it was damaged or is not in its own row.",
            "Restore the database from its backup, or take a new one of the device.",
        ) from error


def _bound(tenant_id: TenantId, place: UUID) -> bytes:
    return b"flotilla config 1 " + tenant_id.bytes + place.bytes
