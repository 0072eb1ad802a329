"""What owners of devices would have stored of a tenant's device: versions of its configuration, a binary backup."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from bench.attack import words
from bench.attack.house import House
from bench.attack.people import Tenant
from db import backups, binaries
from db.backups import Asking, Text
from db.binaries import Binary, Origin
from db.keyring import Keyring
from fleet.backups import Reason
from fleet.identity import DeviceId
from routeros.export import normalise, parse

VERSIONS = 3


def store(house: House, whose: Tenant, device: UUID, at: datetime) -> None:
    """Store versions, a minute after one another, and a binary backup of the last of them."""
    keyring, device_id = Keyring(house.vault()), DeviceId(device)
    with backups.writing(house.stores) as session:
        for number in range(VERSIONS):
            asking = Asking(
                whose.id, device_id, at - timedelta(minutes=VERSIONS - number), Reason.HAND, words.token()
            )
            backups.store(session, keyring, asking, _text())
        origin, binary = (
            Origin("7.16.2", words.token(), words.token(), ""),
            Binary(words.token().encode(), words.token()),
        )
        binaries.store(session, keyring, (whose.id, device_id, words.token(), at), origin, binary)


def _text() -> Text:
    """Make a configuration in which a secret and a name are this tenant's alone."""
    said = f"# 2026-01-05 12:00:00 by RouterOS 7.16.2\n/system identity\nset name={words.token()}\n"
    said += f"/ppp secret\nadd name={words.token()} password={words.token()}\n"
    told = ({"action": f"secret {words.token()} added", "by": words.token(), "at": "12:00:00", "undone": False},)
    return Text(said.encode(), str(normalise(parse(said))).encode(), "7.16.2", (), "1-0", told)
