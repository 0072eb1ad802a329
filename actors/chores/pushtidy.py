"""Pushes that ended long ago go, with their journals; the last one to each device stays.

Campaigns go as they do. What one pushed is a secret, and goes earlier: a week after its end, or once it has waited
for a person for too long, which ends it.
"""

from __future__ import annotations

from datetime import timedelta

from actors.chore import Chore, Occasion
from bus import subjects
from db import campaigncourse, pushes
from db.campaigndeeds import KEPT, WAITS, Campaigns
from db.operations import Author
from db.platform import platform_session
from fleet import logs
from fleet.errors import Conflict, NotFound

WHY = "pushes that are kept no longer"
BATCH = 200
"""Pushes that one transaction deletes."""
BY = "the schedule"
log = logs.get(__name__)


def tidy(occasion: Occasion) -> None:
    """Delete the old ones, a batch at a time, and what campaigns pushed that nobody can try again."""
    before = occasion.now - occasion.settings.keep_pushes
    with platform_session(occasion.stores, WHY) as session:
        campaigncourse.forget(session, occasion.now - KEPT)
        campaigncourse.tidy(session, before)
    count = BATCH
    while count == BATCH and not occasion.ending():
        with platform_session(occasion.stores, WHY) as session:
            count = pushes.tidy(session, before, BATCH)
    abandon(occasion)


def abandon(occasion: Occasion) -> None:
    """Abort the campaigns that nobody let go on for a long time."""
    with platform_session(occasion.stores, WHY) as session:
        found = campaigncourse.idle(session, occasion.now - WAITS)
    for campaign_id, tenant_id in found:
        try:
            with platform_session(occasion.stores, WHY) as session:
                deeds = Campaigns(session, Author(BY, occasion.now), tenant_id, subjects.of)
                deeds.abort(campaign_id, f"It waited for {WAITS.days} days, and nobody let it go on.")
        except (Conflict, NotFound) as gone:
            log.info("a campaign was ended by another", campaign=str(campaign_id), why=str(gone))


chore = Chore("push.tidy", timedelta(hours=1), tidy)
