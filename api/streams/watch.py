"""End streams whose session or key no longer stands, or stands for something else: one question a second for all."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from sqlalchemy.exc import SQLAlchemyError

from api.context import Context
from api.streams.hub import Hub
from api.streams.seat import worth
from db.standing import Credential, standing
from fleet import logs
from fleet.errors import Unavailable

EVERY = 1.0

log = logs.get(__name__)


async def watch(context: Context, hub: Hub) -> None:
    """Look after all open streams until cancelled. While PostgreSQL is away, streams stay."""
    while True:
        await asyncio.sleep(EVERY)
        # By their bytes, and compared as texts: thousands are looked at in one go, while nothing else is served.
        shown = {seat.admitted.credential.mark: seat.admitted.credential for seat in hub.seats()}
        try:
            found = await asyncio.to_thread(_worth, context, shown.values())
        except (Unavailable, SQLAlchemyError) as error:
            log.warning("open streams cannot be checked", reason=str(error))
            continue
        for seat in hub.seats():
            mark = seat.admitted.credential.mark
            if mark in shown and found.get(mark) != seat.worth:
                seat.end()


def _worth(context: Context, shown: Collection[Credential]) -> Mapping[bytes, str]:
    """Tell what each credential is worth now; one that does not stand is missing."""
    found = standing(context.stores, shown, context.clock.now())
    return {credential.mark: worth(principal) for credential, principal in found.items()}
