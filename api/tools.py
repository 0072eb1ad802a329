"""What the tools on a device have in common: who may ask which, the question that follows, and the record of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from api import acts
from api.asking import RATE
from api.resource import Afterwards, Asked, Given
from db import inventory, toolsettings
from fleet.errors import BadInput
from fleet.identity import DeviceId, Principal, Right, Scope
from fleet.questions import LONGEST, Question, Reply
from routeros import inquiry
from routeros.export.secrets import secret
from routeros.inquiry import EXTRAS, Wish
from routeros.queries import Key, where

G = TypeVar("G", bound=Given)


@dataclass(frozen=True, slots=True)
class Cost:
    """What an answer may cost, and whether its secrets are shown."""

    rows: int = 200
    seconds: float = LONGEST
    unmasked: bool = False


USUAL = Cost()


def ask(asked: Asked[G], wish: Wish, cost: Cost, tell: Callable[[Reply], BaseModel]) -> Afterwards:
    """Ask the device of the path once the record of it is written.

    Raises NotFound, NeedsPush, Refused, BadInput, Forbidden, TooMany.
    """
    device = inventory.one(asked.session, DeviceId(asked.ids["device_id"]))
    asking = inquiry.asks(wish, extras(asked))
    if cost.unmasked:
        asked.principal.require(Scope.CONFIG_SECRETS)
    elif hidden := [name for name in wish.where if secret(wish.menu, name)]:
        raise BadInput(
            f"{hidden[0]} is a secret, and rows are not picked by secrets.",
            "Pick them by another property, or show secrets, which needs a right of its own.",
        )
    asked.limit("questions", *RATE)
    shown = " with its secrets" if cost.unmasked else ""
    acts.noted(asked, "tools.ask", ("device", str(device.id)), f"{asking.command}{shown}")
    question = Question(
        tenant_id=asked.principal.tenant_id,
        device_id=device.id,
        command=asking.command,
        attributes=dict(asking.attributes),
        properties=wish.properties,
        queries=where(*(Key(name) == value for name, value in wish.where.items())),
        rows=cost.rows,
        seconds=cost.seconds,
        keep=asking.keep,
        unmasked=cost.unmasked,
    )
    questions = asked.questions
    return Afterwards(lambda: tell(questions.ask(question)))


def extras(asked: Asked[Any]) -> Collection[str]:
    """Tell what may be asked beyond the usual: what the tenant allows, for who may use it."""
    return allowed(asked.principal, toolsettings.read(asked.session).extras)


def allowed(principal: Principal, wanted: Collection[str]) -> frozenset[str]:
    """Tell which of the commands that a tenant allows somebody may use."""
    return frozenset(EXTRAS.keys() & set(wanted)) if principal.may(Right.TOOLS) else frozenset()


def said(given: BaseModel, names: Mapping[str, str]) -> dict[str, str]:
    """Write fields as the attributes of a command; what was left out is not said."""
    told = {names[name]: getattr(given, name) for name in names}
    return {name: _word(value) for name, value in told.items() if value is not None}


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
