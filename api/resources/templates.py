"""Templates of configuration: text with typed variables, in numbered versions, written for each device."""

from __future__ import annotations

from typing import Any

from api import cursors
from api.resource import TENANT, Asked, Nothing, Resource, Route
from api.resources.template_checks import written
from api.templatefields import (
    NewTemplate,
    TemplateAnswer,
    TemplateHistory,
    TemplateHistoryQuery,
    TemplatePage,
    TemplatePreviews,
    TemplatePreviewWish,
    TemplatesQuery,
    TemplateStarter,
    TemplateStarters,
    TemplateSummary,
    TemplateText,
    TemplateVariableShown,
)
from db import templates
from db.templates import TemplateRow, Templates
from fleet.errors import Conflict, NotFound
from fleet.identity import Scope
from fleet.templates import Mode, Template, Variable, kept
from routeros.starters import starters


def page(asked: Asked[TemplatesQuery]) -> TemplatePage:
    found = templates.page(asked.session, asked.given.after, asked.given.limit + 1)
    shown, last = cursors.cut(found, asked.given.limit)
    following = None if last is None else last.name
    return TemplatePage(items=[TemplateSummary(**_facts(row)) for row in shown], next=following)


def template(asked: Asked[Nothing]) -> TemplateAnswer:
    return _answer(templates.one(asked.session, asked.ids["template_id"]))


def history(asked: Asked[TemplateHistoryQuery]) -> TemplateHistory:
    given = asked.given
    found = templates.history(asked.session, asked.ids["template_id"], given.after, given.limit + 1)
    shown, last = cursors.cut(found, given.limit)
    return TemplateHistory(items=[_answer(row) for row in shown], next=None if last is None else last.number)


def create(asked: Asked[NewTemplate]) -> TemplateAnswer:
    given = asked.given
    made = _writer(asked).add(given.template(given.name, given.about))
    return _answer(templates.one(asked.session, made))


def amend(asked: Asked[TemplateText]) -> TemplateAnswer:
    """Add a version; the same text again is none."""
    row = templates.one(asked.session, asked.ids["template_id"])
    _writer(asked).amend(row.id, asked.given.template(row.name, row.about))
    return _answer(templates.one(asked.session, row.id))


def remove(asked: Asked[Nothing]) -> None:
    """Remove a template, its versions and assignments; devices stay as they are."""
    _writer(asked).remove(asked.ids["template_id"])


def preview(asked: Asked[TemplatePreviewWish]) -> TemplatePreviews:
    """Write a template for some devices; why it cannot be written for one is told there."""
    given = asked.given
    row = templates.version(asked.session, asked.ids["template_id"], given.version)
    items = [written(asked, row.template, device_id, given.values) for device_id in given.devices]
    return TemplatePreviews(version=row.number, items=items)


def begin(asked: Asked[Nothing]) -> TemplateStarters:
    return TemplateStarters(items=[_starter(one) for one in starters().values()])


def _writer(asked: Asked[Any]) -> Templates:
    return Templates(asked.session, asked.author, asked.principal.tenant_id)


def _facts(row: TemplateRow) -> dict[str, Any]:
    names = ("id", "name", "about", "created_by", "created_at")
    told = {name: getattr(row, name) for name in names}
    return {**told, "version": row.number, "mode": Mode(row.mode), "variables": _variables(kept(row.variables))}


def _answer(row: TemplateRow) -> TemplateAnswer:
    return TemplateAnswer(**_facts(row), text=row.text)


def _variables(variables: tuple[Variable, ...]) -> list[TemplateVariableShown]:
    names = ("name", "kind", "about", "default", "choices", "least", "most")
    return [TemplateVariableShown(**{name: getattr(one, name) for name in names}) for one in variables]


def _starter(one: Template) -> TemplateStarter:
    return TemplateStarter(
        name=one.name, about=one.about, mode=one.mode, variables=_variables(one.variables), text=one.text
    )


PLACE = f"{TENANT}/templates"
ONE = f"{PLACE}/{{template_id}}"

resource = Resource(
    name="templates",
    about="Configuration as text with typed variables, in versions, written for each device.",
    routes=(
        Route(
            path=PLACE,
            summary="The templates by name, a page at a time",
            takes=TemplatesQuery,
            answer=TemplatePage,
            scope=Scope.CONFIG_READ,
            handler=page,
        ),
        Route(
            path=PLACE,
            method="POST",
            summary="Make a template",
            takes=NewTemplate,
            answer=TemplateAnswer,
            makes=f"{PLACE}/{{id}}",
            scope=Scope.CONFIG_WRITE,
            raises=(Conflict,),
            handler=create,
        ),
        Route(
            path=ONE,
            summary="One template in its newest version",
            takes=Nothing,
            answer=TemplateAnswer,
            scope=Scope.CONFIG_READ,
            raises=(NotFound,),
            handler=template,
        ),
        Route(
            path=ONE,
            method="DELETE",
            summary="Remove a template; devices stay as they are",
            takes=Nothing,
            answer=None,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound,),
            handler=remove,
        ),
        Route(
            path=f"{ONE}/versions",
            summary="The versions of a template, the newest first, a page at a time",
            takes=TemplateHistoryQuery,
            answer=TemplateHistory,
            scope=Scope.CONFIG_READ,
            raises=(NotFound,),
            handler=history,
        ),
        Route(
            path=f"{ONE}/versions",
            method="POST",
            summary="Add a version",
            takes=TemplateText,
            answer=TemplateAnswer,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound, Conflict),
            handler=amend,
        ),
        Route(
            path=f"{ONE}/preview",
            method="POST",
            summary="What a template says for some devices",
            takes=TemplatePreviewWish,
            answer=TemplatePreviews,
            changes=False,
            scope=Scope.CONFIG_READ,
            raises=(NotFound,),
            handler=preview,
        ),
        Route(
            path=f"{TENANT}/template-starters",
            summary="Templates to begin with",
            takes=Nothing,
            answer=TemplateStarters,
            scope=Scope.CONFIG_READ,
            handler=begin,
        ),
    ),
)
