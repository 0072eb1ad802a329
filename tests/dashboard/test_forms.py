"""Forms, as they are told to the browser."""

from __future__ import annotations

import json
from typing import Any

from dashboard import forms
from dashboard.forms import Field, Form, Reveal


def told(part: Any, attribute: str = "data-form") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(part.to_plotly_json()["props"][attribute])
    return found


def test_what_is_as_usual_is_left_out() -> None:
    form = Form(
        title="Make a site", method="POST", path="/api/x", fields=[Field(name="name", label="Name", required=True)]
    )
    assert told(forms.button("Make", form)) == {
        "title": "Make a site",
        "method": "POST",
        "path": "/api/x",
        "submit": "Save",
        "fields": [{"name": "name", "label": "Name", "kind": "text", "required": True}],
    }


def test_what_is_shown_once_is_told_with_its_words() -> None:
    form = Form(title="t", method="POST", path="/p", reveal=Reveal("key", "The key", "Copy it."))
    assert told(forms.button("Make", form))["reveal"] == {
        "field": "key",
        "title": "The key",
        "text": "Copy it.",
        "none": "",
    }


def test_a_form_is_filled_by_the_names_of_its_fields() -> None:
    form = Form(title="t", method="POST", path="/p", fields=[Field(name="a", label="A"), Field(name="b", label="B")])
    assert [field.value for field in form.filled(b=2, c=3).fields] == [None, 2]


def test_a_removal_asks_for_the_name() -> None:
    form = forms.removal("Remove it", "/p", "core-1", text="It goes.", done="Gone.")
    (confirm,) = form.fields
    assert (form.method, form.danger, confirm.equals, confirm.apart) == ("DELETE", True, "core-1", True)


def test_a_row_names_the_shared_form_and_its_facts() -> None:
    shared = forms.shared("x", Form(title="Change {{name}}", method="PATCH", path="/p/{{id}}"))
    assert told(shared, "data-form-of-rows")["title"] == "Change {{name}}"
    made: Any = forms.row("Change", "x", "Change core-1", id=7, name="core-1")
    row = made.to_plotly_json()["props"]
    assert (row["data-form-from"], row["data-id"], row["data-name"], row["aria-label"]) == (
        "form-x",
        "7",
        "core-1",
        "Change core-1",
    )
