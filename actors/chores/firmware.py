"""The firmware catalogue is brought up to date four times a day, where the settings say from where."""

from __future__ import annotations

from datetime import timedelta

from actors import cataloguing
from actors.cataloguing import Cataloguer
from actors.chore import Chore, Occasion
from fleet import logs

log = logs.get(__name__)


def sync(occasion: Occasion) -> None:
    """Ask the source for what is new; without a source nobody is asked."""
    if not occasion.settings.firmware_url:
        return
    with cataloguing.opened(occasion.settings) as source:
        cataloguer = Cataloguer(occasion.stores, source, lambda: occasion.now, ending=occasion.ending)
        done = cataloguer.sync()
    for one in done.moved:
        log.info("a channel of RouterOS moved", major=one.major, channel=one.channel.value, version=str(one.version))
    for line in done.refused:
        log.warning("a channel of RouterOS is not believed", reason=line)


chore = Chore("firmware.sync", timedelta(hours=6), sync)
