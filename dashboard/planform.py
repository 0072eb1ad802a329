"""The form of a plan: what the address says of a rollout that somebody thinks about, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError

from api.rolling import HOURS, NewRollout
from dashboard import admin
from dashboard.door import Visit
from dashboard.forms import Field, Form
from dashboard.rolloutparts import DAYS
from db.rolloutplans import STRATEGIES
from fleet.errors import BadInput
from fleet.firmware import Pointer
from fleet.rollouts.terms import Limits

NUMBERS: Final = ("hours", "batch", "leaves", "parents", "canary_soak_minutes", "soak_minutes")
FLAGS: Final = ("boot", "downgrade", "strict", "sure")
LISTS: Final = ("site", "tag", "model", "version")
WINDOW: Final = ("begin", "end", "days", "zone")
WEEK: Final = 60 * 24 * 7
UNNAMED: Final = "a plan"
NONE_HANDED: Final = "No device is chosen on the page Fleet in this tab of the browser."
CLOCK: Final = "([01][0-9]|2[0-3]):[0-5][0-9]"
EVERY: Final = ("", "any")
DARING: Final = tuple(name for name, one in STRATEGIES.items() if one.daring)


def wish(asked: Mapping[str, str], name: str = UNNAMED, handed: Sequence[str] = ()) -> NewRollout:
    """Read what the address asks for, as REST would; raises BadInput with what is wrong.

    ``handed`` are the ids of devices that were chosen elsewhere, which the address asks for by ``chosen``.
    """
    told: dict[str, Any] = {
        word: asked[word]
        for word in ("target", "strategy", "starts_at", "group", *NUMBERS, *FLAGS)
        if asked.get(word)
    }
    chosen: dict[str, Any] = {word: words(asked[word]) for word in LISTS if asked.get(word)}
    if asked.get("q"):
        chosen["q"] = asked["q"]
    if asked.get("chosen"):
        if not handed:
            raise BadInput(NONE_HANDED, "Choose devices on the page Fleet, or leave that out.")
        told["devices"] = list(handed)
    if asked.get("begin") or asked.get("end"):
        told["windows"] = [_window(asked)]
    try:
        return NewRollout.model_validate({**told, "name": name, "filter": chosen})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"] if not isinstance(part, int))
        raise BadInput(f"{place}: {first['msg']}.", "Change what you plan.") from error


def words(text: str) -> list[str]:
    """Take a list apart; names of models have blanks in them."""
    return [word.strip() for word in text.split(",") if word.strip()]


def _window(asked: Mapping[str, str]) -> dict[str, Any]:
    days = [DAYS.index(word) for word in words(asked.get("days", "")) if word in DAYS]
    told: dict[str, Any] = {"begin": asked.get("begin", ""), "end": asked.get("end", "")}
    return told | ({"days": days} if days else {}) | ({"zone": asked["zone"]} if asked.get("zone") else {})


def asking(visit: Visit, channels: Sequence[Pointer], handed: Sequence[str] = ()) -> Form:
    """Make the form that asks for a plan: it leads to the address that shows the preview."""
    form = Form(
        title="Plan a rollout",
        method="GO",
        path=visit.address("firmware/plan"),
        submit="Preview",
        text="Nothing is kept and no device is touched before you have seen the plan.",
        fields=[*_what(channels), *_handed(handed), *_whom(visit), *_how(visit)],
    )
    given: dict[str, Any] = {word: value for word, value in visit.asked.items() if value}
    given |= {word: given[word] == "true" for word in FLAGS if word in given}
    given |= {"days": words(given["days"])} if "days" in given else {}
    return form.filled(**given | _begins(visit))


def _begins(visit: Visit) -> dict[str, str]:
    """Write the instant of the address as a field of the browser shows one."""
    try:
        at = datetime.fromisoformat(visit.asked.get("starts_at", ""))
    except ValueError:
        return {"starts_at": ""}
    return {"starts_at": at.astimezone(visit.look.zone).strftime("%Y-%m-%dT%H:%M")}


def keeping(visit: Visit, wanted: NewRollout) -> Form:
    """Make the form that keeps the plan that is shown."""
    name = Field(name="name", label="What it is called", required=True, more={"maxlength": "120"})
    return Form(
        title="Keep the plan",
        method="POST",
        path=admin.rest(visit, "rollouts"),
        fields=[name],
        fixed=wanted.model_dump(mode="json", exclude_defaults=True, exclude={"name"}),
        submit="Keep it",
        text="It is drawn up once more and stored with its digest; no device is touched until somebody starts it.",
        done="The plan is kept.",
        then=visit.address("firmware/rollouts") + "?rollout={id}",
    )


def _what(channels: Sequence[Pointer]) -> list[Field]:
    named = [*(one.channel.value for one in channels), *(str(one.version) for one in channels)]
    hint, word = "A version, or a channel such as stable.", "Yes, all at once, none of them tried first"
    strategies = [(one.name, f"{one.name}: {one.about}") for one in STRATEGIES.values()]
    batch = _count("batch", "Devices of a wave", 50, 10_000)
    return [
        Field(name="target", label="Brought to", required=True, hint=hint, suggest=[*dict.fromkeys(named)]),
        Field(name="strategy", label="Strategy", kind="select", options=strategies, value="canary"),
        replace(batch, when={"strategy": ["rolling"]}, half=False),
        Field(name="sure", label=word, kind="check", required=True, when={"strategy": DARING}),
    ]


def _handed(handed: Sequence[str]) -> list[Field]:
    """Offer the devices that were chosen on the page Fleet; what is asked beside that must let them in, too."""
    options = [EVERY, ("fleet", f"the {len(handed):,} chosen on the page Fleet")]
    return [Field(name="chosen", label="Among", kind="select", options=options)] if handed else []


def _whom(visit: Visit) -> list[Field]:
    sites, tags = visit.data.intentions.places(visit.principal)
    groups = sorted({name for entry in visit.data.listed(visit.principal).entries for name in entry.groups})
    return [
        _one_of("site", "Devices at the site", [one.name for one in sites]),
        _one_of("tag", "With the tag", [one.tag for one in tags]),
        Field(name="model", label="Of the models", hint="With commas between them; hAP* is a beginning.", half=True),
        Field(name="version", label="That run", hint="Versions; 7.18* is a beginning.", half=True),
        *([_one_of("group", "Of the group", groups)] if groups else []),
        Field(name="q", label="With a text", hint="Part of a name, address, model or serial."),
    ]


def _how(visit: Visit) -> list[Field]:
    days, usual = [(day, day) for day in DAYS], Limits()
    return [
        Field(name="starts_at", label="Not before", kind="datetime-local", hint="Left out: once it is started."),
        _clock("begin", "Restarts from", "Left out: at any time."),
        _clock("end", "until", "Such as 04:00, which is over midnight."),
        Field(name="days", label="On", kind="checks", options=days, hint="None means every day."),
        Field(name="zone", label="Time zone", value=str(visit.look.zone), hint="Such as Europe/Riga.", half=True),
        _count("hours", "Ends after hours", HOURS, 24 * 90),
        _count("leaves", "Of a site at once", usual.leaves, 1000),
        _count("parents", "Of those that reach others", usual.parents, 100),
        _count("canary_soak_minutes", "Minutes to stay well, canary", _minutes(usual.canary_soak), WEEK, 0),
        _count("soak_minutes", "Minutes between waves", _minutes(usual.soak), WEEK, 0),
        Field(name="boot", label="Write the boot firmware, too", kind="check", value=True),
        Field(name="downgrade", label="Take down what runs something newer", kind="check"),
        Field(name="strict", label="Leave out what reaches others and could not be taken back", kind="check"),
    ]


def _one_of(name: str, label: str, named: Sequence[str]) -> Field:
    return Field(name=name, label=label, kind="select", options=[EVERY, *((one, one) for one in named)], half=True)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def _count(name: str, label: str, value: int, most: int, least: int = 1) -> Field:
    bounds = {"min": str(least), "max": str(most), "step": "1"}
    return Field(name=name, label=label, kind="number", value=value, half=True, more=bounds)


def _clock(name: str, label: str, hint: str) -> Field:
    return Field(name=name, label=label, hint=hint, pattern=CLOCK, odd="Write it as 22:00.", half=True)
