"""The firmware catalogue is brought up to date four times a day, where the settings say from where."""

from __future__ import annotations

import time
from datetime import timedelta

from actors import cataloguing
from actors.cataloguing import Cataloguer
from actors.chore import Chore, Occasion
from fleet import logs

LONGEST = timedelta(minutes=1)
"""So long other chores wait at most; what has not been read by then is read the next time."""

log = logs.get(__name__)


def sync(occasion: Occasion) -> None:
    """Ask the source for what is new; without a source nobody is asked."""
    if not occasion.settings.firmware_url:
        return
    until = time.monotonic() + LONGEST.total_seconds()

    def ending() -> bool:
        return occasion.ending() or time.monotonic() > until

    with cataloguing.opened(occasion.settings) as source:
        done = Cataloguer(occasion.stores, source, lambda: occasion.now, ending=ending).sync()
    for one in done.moved:
        log.info("a channel of RouterOS moved", major=one.major, channel=one.channel.value, version=str(one.version))
    for line in (*done.refused, *done.odd):
        log.warning("what the source of RouterOS says is not believed", reason=line)


chore = Chore("firmware.sync", timedelta(hours=6), sync)
