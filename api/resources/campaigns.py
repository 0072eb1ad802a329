"""Pushes over many devices, in waves: foreseen, begun, watched, paused, let go on, aborted, tried again."""

from __future__ import annotations

from typing import Any

from actors import campaigning, pushplan
from actors.campaigning import Prospect
from actors.pushplan import Desk
from api import cursors, pushmany
from api.campaignfields import (
    CampaignDetail,
    CampaignDevice,
    CampaignDevices,
    CampaignDevicesQuery,
    CampaignHead,
    CampaignPage,
    CampaignRules,
    CampaignsQuery,
    DeviceForesight,
    Foresight,
    ForesightQuery,
)
from api.context import current
from api.pushfields import PushRisk
from api.pushmany import NewPushMany, PushManyText
from api.resource import TENANT, Asked, Nothing, Resource, Route
from bus import subjects
from db import campaigns, inventory
from db.campaigndeeds import Campaigns
from db.campaigns import Campaign, Standing
from fleet.errors import BadInput, Conflict, NotFound
from fleet.identity import Right, Scope


def preview(asked: Asked[PushManyText]) -> Foresight:
    """Tell for a page of devices what would be done; nothing is asked of them."""
    meant, mustered = pushmany.wish(asked).meant(asked.session), pushmany.muster(asked)
    first = 0 if asked.query.after is None else asked.query.after + 1
    chosen = mustered.chosen[first : first + asked.query.limit]
    desk = Desk(asked.session, current().vault, asked.principal.tenant_id, asked.now)
    items = []
    for one in chosen:
        found = campaigning.foresee(desk, one.device_id, meant, one.override)
        items.append(_foreseen(found, inventory.one(asked.session, one.device_id).name, one.wave))
    more = first + len(chosen) < len(mustered.chosen)
    return Foresight(
        total=len(mustered.chosen),
        waves=list(mustered.sizes),
        items=items,
        next=chosen[-1].place if chosen and more else None,
    )


def begin(asked: Asked[NewPushMany]) -> CampaignDetail:
    """Push to many devices in waves. An override is a person's word, and no key has one."""
    if asked.given.overrides:
        asked.principal.require(Right.SELF)
    return _detail(campaigns.one(asked.session, _deeds(asked).begin(pushmany.begun(asked))))


def page(asked: Asked[CampaignsQuery]) -> CampaignPage:
    found = campaigns.page(asked.session, asked.given.after, asked.given.limit + 1)
    shown, last = cursors.cut(found, asked.given.limit)
    return CampaignPage(items=[CampaignHead(**_head(one)) for one in shown], next=None if last is None else last.id)


def campaign(asked: Asked[Nothing]) -> CampaignDetail:
    return _detail(_one(asked))


def devices(asked: Asked[CampaignDevicesQuery]) -> CampaignDevices:
    given = asked.given
    states = () if given.state is None else (given.state,)
    found = campaigns.listed(asked.session, _one(asked).id, given.after, given.limit + 1, states)
    shown, last = cursors.cut(found, given.limit)
    return CampaignDevices(items=[_device(one) for one in shown], next=None if last is None else last.place)


def pause(asked: Asked[Nothing]) -> CampaignDetail:
    _deeds(asked).pause(_one(asked).id)
    return campaign(asked)


def resume(asked: Asked[Nothing]) -> CampaignDetail:
    _deeds(asked).resume(_one(asked).id)
    return campaign(asked)


def abort(asked: Asked[Nothing]) -> CampaignDetail:
    _deeds(asked).abort(_one(asked).id)
    return campaign(asked)


def retry(asked: Asked[Nothing]) -> CampaignDetail:
    _deeds(asked).retry(_one(asked).id)
    return campaign(asked)


def _deeds(asked: Asked[Any]) -> Campaigns:
    return Campaigns(asked.session, asked.author, asked.principal.tenant_id, subjects.of)


def _one(asked: Asked[Any]) -> Campaign:
    return campaigns.one(asked.session, asked.ids["campaign_id"])


def _head(one: Campaign) -> dict[str, Any]:
    rules = CampaignRules(
        soak_seconds=int(one.rules.soak.total_seconds()),
        stop_percent=one.rules.share * 100,
        stop_least=one.rules.least,
        per_site=one.rules.per_site,
        at_once=one.rules.at_once,
        wait_seconds=int(one.lasts.total_seconds()),
    )
    own = {name: getattr(one, name) for name in CampaignHead.model_fields if name != "rules"}
    return {**own, "rules": rules, "waves": list(one.waves), "counts": dict(one.counts)}


def _detail(one: Campaign) -> CampaignDetail:
    return CampaignDetail(**_head(one), lines=list(one.shown))


def _device(one: Standing) -> CampaignDevice:
    return CampaignDevice(**{name: getattr(one, name) for name in CampaignDevice.model_fields})


def _foreseen(one: Prospect, name: str, wave: int) -> DeviceForesight:
    drawn = one.drawn
    risks = [PushRisk(**pushplan.risk(risk)) for risk in drawn.risks] if drawn else []
    return DeviceForesight(
        device_id=one.device_id,
        name=name,
        wave=wave,
        state=one.state,
        lines=[step.shown() for step in drawn.operations] if drawn else [],
        risks=risks,
        override_needed=bool(risks),
        foreseen=one.foreseen,
        error=None if one.error is None else str(one.error),
        next_step=None if one.error is None else one.error.next_step,
    )


PLACE = f"{TENANT}/campaigns"
ONE = f"{PLACE}/{{campaign_id}}"


def _deed(word: str, summary: str, handler: Any) -> Route[Nothing]:
    return Route(
        path=f"{ONE}/{word}",
        method="POST",
        summary=summary,
        takes=Nothing,
        answer=CampaignDetail,
        scope=Scope.CONFIG_WRITE,
        raises=(NotFound, Conflict),
        handler=handler,
    )


resource = Resource(
    name="campaigns",
    about="Pushes of configuration over many devices, in waves, with a rule that stops them.",
    routes=(
        Route(
            path=f"{TENANT}/pushes/preview",
            method="POST",
            summary="What a push over many devices would do, for a page of them",
            takes=PushManyText,
            asks=ForesightQuery,
            answer=Foresight,
            changes=False,
            scope=Scope.CONFIG_READ,
            raises=(NotFound, BadInput),
            handler=preview,
        ),
        Route(
            path=f"{TENANT}/pushes",
            method="POST",
            summary="Push configuration to many devices in waves, in the background",
            takes=NewPushMany,
            answer=CampaignDetail,
            makes=f"{PLACE}/{{id}}",
            later=True,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound, BadInput),
            handler=begin,
        ),
        Route(
            path=PLACE,
            summary="The pushes over many devices, newest first, a page at a time",
            takes=CampaignsQuery,
            answer=CampaignPage,
            scope=Scope.CONFIG_READ,
            raises=(BadInput,),
            handler=page,
        ),
        Route(
            path=ONE,
            summary="One push over many devices, and how far it is",
            takes=Nothing,
            answer=CampaignDetail,
            scope=Scope.CONFIG_READ,
            raises=(NotFound,),
            handler=campaign,
        ),
        Route(
            path=f"{ONE}/devices",
            summary="Its devices, in the order in which they have their turn",
            takes=CampaignDevicesQuery,
            answer=CampaignDevices,
            scope=Scope.CONFIG_READ,
            raises=(NotFound,),
            handler=devices,
        ),
        _deed("pause", "Ask no further devices, and take back what was not begun", pause),
        _deed("resume", "Go on; where its rule stopped it, what has failed until now does not do so again", resume),
        _deed("abort", "End it; what has begun ends by itself", abort),
        _deed("retry", "Try again what did not end well, and go on", retry),
    ),
)
