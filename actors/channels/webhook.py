"""Alerts for programs: JSON with the signature of Standard Webhooks (standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from datetime import datetime
from uuid import UUID

from actors.channel import Channel, Note, Place, Receipt, key
from actors.guard import Guard
from actors.posting import post


def signed(secret: str, its_id: UUID, at: datetime, body: bytes) -> dict[str, str]:
    """Make the three headers by which a receiver knows who sent a body, and when."""
    stamp = str(int(at.timestamp()))
    signature = hmac.digest(key(secret), f"msg_{its_id}.{stamp}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": f"msg_{its_id}",
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


async def send(place: Place, note: Note, guard: Guard) -> Receipt:
    """Post what happened, with the same id at each attempt."""
    body = json.dumps(note.facts, separators=(",", ":")).encode()
    return await post(guard, place.url, body, signed(place.secret, note.id, note.at, body))


def fresh() -> str:
    """Make a secret."""
    return f"whsec_{base64.b64encode(os.urandom(32)).decode()}"


def checked(secret: str) -> None:
    """Refuse what is no secret of a webhook, by BadInput."""
    key(secret)


channel = Channel(
    kind="webhook",
    about="JSON to a program, signed as Standard Webhooks.",
    send=send,
    needs=frozenset({"url"}),
    may=frozenset({"secret"}),
    fresh=fresh,
    checked=checked,
)
