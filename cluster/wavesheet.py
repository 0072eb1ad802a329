"""Pushes over many devices at the command line: what would be done, how far one is, where its devices stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from actors import campaigning
from actors.campaigning import Prospect, Wish
from actors.pushplan import Desk
from cluster import terminal
from db import inventory
from db.campaignmuster import Muster
from db.campaigns import Campaign, Standing
from fleet.campaigns import AGAIN, OPEN, CampaignState

NAMED: Final = 5
"""Devices that a sentence names."""


def foresee(desk: Desk, wish: Wish, mustered: Muster, as_json: bool) -> None:
    """Tell for each device what would be done."""
    pushed, found = wish.meant(desk.session), []
    with terminal.live() as show:
        for one in mustered.chosen:
            name = inventory.one(desk.session, one.device_id).name
            found.append((name, one.wave, campaigning.foresee(desk, one.device_id, pushed, one.override)))
            show(f"{len(found)} of {len(mustered.chosen)} devices")
    if as_json:
        terminal.answer([{"device": name, "wave": wave, **_prospect(one)} for name, wave, one in found])
        return
    rows = [(name, str(wave), one.state, one.why or _lines(one)) for name, wave, one in found]
    terminal.table("", ("device", "wave", "what", "lines, or why not"), rows)
    unread = [name for name, _, one in found if one.foreseen is False]
    if unread:
        more = f" and {len(unread) - NAMED} more" if len(unread) > NAMED else ""
        terminal.say(
            f"The configuration of {', '.join(unread[:NAMED])}{more} was never read: what may cut the path is judged "
            "when it is pushed."
        )


def _prospect(one: Prospect) -> dict[str, Any]:
    lines = [step.shown() for step in one.drawn.operations] if one.drawn else []
    return {"device_id": one.device_id, "state": one.state, "lines": lines, "foreseen": one.foreseen, "why": one.why}


def _lines(one: Prospect) -> str:
    return " ⏎ ".join(step.shown() for step in one.drawn.operations) if one.drawn else "as wished already"


def well(one: Campaign) -> bool:
    """Tell whether all went well."""
    return one.state is CampaignState.DONE and not any(one.counts[state] for state in AGAIN)


def progress(one: Campaign) -> str:
    """Tell in a line how far it is."""
    ended = sum(count for state, count in one.counts.items() if state not in OPEN)
    ill = ", ".join(f"{count} {state}" for state, count in one.counts.items() if count and state in AGAIN)
    turn = "" if one.wave is None else f", wave {one.wave + 1} of {len(one.waves)}"
    rests = f", rests until {one.soaks_until:%H:%M:%S}" if one.soaks_until else ""
    told = [f"{one.state}: {ended} of {one.total}{turn}{rests}", ill]
    return ", ".join(filter(None, told)) + (f" · {one.why}" if one.why else "")


def tell(one: Campaign, as_json: bool) -> None:
    """Tell how far it is."""
    if as_json:
        terminal.answer(document(one))
    else:
        terminal.say(f"{one.id} is {progress(one)}")


def devices(one: Campaign, members: Sequence[Standing], as_json: bool) -> None:
    """Tell where each of its devices stands."""
    if as_json:
        names = Standing.__dataclass_fields__
        devices = [{name: getattr(each, name) for name in names} for each in members]
        terminal.answer({**document(one), "lines": list(one.shown), "devices": devices})
        return
    rows = [(each.name, str(each.wave), each.state, str(each.push_id or ""), each.why or "") for each in members]
    terminal.table("", ("device", "wave", "state", "push", "why"), rows)
    tell(one, False)


def document(one: Campaign) -> dict[str, Any]:
    """Lay it out for programs."""
    own = ("id", "source", "note", "state", "why", "wave", "soaks_until", "created_by", "created_at", "ended_at")
    told = {name: getattr(one, name) for name in own}
    return {**told, "waves": list(one.waves), "total": one.total, "counts": dict(one.counts)}


def listed(found: Sequence[Campaign]) -> None:
    """Tell of several how far each is."""
    rows = [(str(each.id), f"{each.created_at:%Y-%m-%d %H:%M}", each.created_by, progress(each)) for each in found]
    terminal.table("", ("push", "at", "by", "how far"), rows)
