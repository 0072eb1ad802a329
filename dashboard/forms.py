"""Forms as they are declared: an asset of the browser shows them, checks them and sends them to REST."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.controls import marks

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a form, under the name that REST knows.

    ``kind`` is text, password, number, email, datetime-local, select, pick (a select whose values are JSON), check,
    checks (several of ``options``), words (a list, written with commas), lines, or device (its id, chosen by name;
    ``more`` says by ``data-devices`` where REST has them). A dot in the ``name`` puts the value into an object.
    ``when`` names fields and the values of theirs with which this one is shown (of several fields of one name one
    is); one that is not shown is not sent, and neither is one that stands ``apart``. ``equals`` is what must be
    written to confirm. What a person writes as a number is sent times its ``factor``. ``clears`` says that an empty
    text is a value (of a number: none), ``half`` that another one stands beside it. ``more`` are attributes such as
    ``min``.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    hint: str = ""
    value: Any = None
    options: Sequence[tuple[str, str]] = ()
    suggest: Sequence[str] = ()
    when: Mapping[str, Sequence[str]] = field(default_factory=lambda: NOTHING)
    pattern: str = ""
    odd: str = ""
    equals: str = ""
    factor: float = 0.0
    apart: bool = False
    clears: bool = False
    half: bool = False
    more: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Reveal:
    """What is shown once after a form was sent: a field of the answer, or the whole of it if ``field`` is empty.

    ``none`` is said where the answer has nothing to show.
    """

    field: str
    title: str
    text: str
    none: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form and the request that it makes; the method GO leads to ``path`` with the fields as its query instead.

    ``load`` is read first and fills the fields: what is sent then is what was changed, and only onto the version
    that was read; a form that is ``whole`` takes the version alone, and sends all of its fields. ``fixed`` is sent
    with the fields. ``probe`` offers a look at the device first, ``trial`` to ask REST what would come of it,
    ``preview`` one at the times of what recurs. ``then`` is where to go afterwards, with fields of the answer in
    braces.
    """

    title: str
    method: str
    path: str
    fields: Sequence[Field] = ()
    submit: str = "Save"
    text: str = ""
    done: str = ""
    danger: bool = False
    load: str = ""
    fixed: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    probe: str = ""
    trial: str = ""
    whole: bool = False
    preview: str = ""
    reveal: Reveal | None = None
    then: str = ""

    def filled(self, **values: Any) -> Form:
        """Give the same form with some fields filled in."""
        fields = [replace(one, value=values[one.name]) if one.name in values else one for one in self.fields]
        return replace(self, fields=fields)


def button(word: str, form: Form, *, kind: str = "", label: str = "", **more: Any) -> Component:
    """Make the button that opens a form; ``label`` says more of it to those who do not see where it stands."""
    told = marks(data_form=_written(form), aria_label=label)
    return html.Button(word, type="button", className=f"button {kind}".strip(), **told, **more)


def shared(name: str, form: Form) -> Component:
    """Declare a form once for all rows of a table; ``{{word}}`` in it stands for what a row says."""
    return html.Div(id=f"form-{name}", hidden=True, **marks(data_form_of_rows=_written(form)))


def row(word: str, name: str, label: str, /, **facts: object) -> Component:
    """Make the button of a row that opens a shared form with the facts of the row."""
    told: dict[str, Any] = {f"data-{fact}": str(value) for fact, value in facts.items()}
    return html.Button(
        word,
        type="button",
        className="button small bare",
        **marks(data_form_from=f"form-{name}", aria_label=label),
        **told,
    )


def removal(title: str, path: str, name: str, *, text: str, done: str) -> Form:
    """Make the form that removes something, once its name has been written."""
    confirm = Field(name="confirm", label=f"Write {name} to confirm", equals=name, apart=True, required=True)
    return Form(
        title=title, method="DELETE", path=path, fields=[confirm], submit="Remove", text=text, done=done, danger=True
    )


def _written(form: Form) -> str:
    """Write a form for the browser; what is as usual is left out."""
    fields = [_said({f.name: getattr(one, f.name) for f in dataclasses.fields(one)}) for one in form.fields]
    told = _said({f.name: getattr(form, f.name) for f in dataclasses.fields(form)})
    told["fields"] = fields
    if form.reveal:
        told["reveal"] = dataclasses.asdict(form.reveal)
    return json.dumps(told, separators=(",", ":"))


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what is not empty; mappings become dictionaries."""
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items() if value}
