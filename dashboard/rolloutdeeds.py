"""What can be done about a rollout where it stands: approve, start, pause, go on, try again, abort."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dash import html
from dash.development.base_component import Component

from dashboard import admin, controls, forms, units
from dashboard.door import Visit
from dashboard.forms import Field, Form
from dashboard.rolloutdata import Opened
from dashboard.rolloutparts import SKIP, over
from db.rolloutstops import Rules
from fleet.identity import Scope
from fleet.rollouts import RolloutState
from fleet.rollouts.states import AHEAD, BAD, LIVE

TYPED = 10
"""Above so many devices their number is written to confirm a start."""

OTHER = "A second person has to approve it: somebody else than who planned it, who may write firmware."
FORGIVEN = "What has failed until now is taken as looked at, and pauses nothing more."


def offered(visit: Visit, found: Opened) -> list[Component]:
    """Offer what may be done now, to those who may do it."""
    if not visit.principal.may(Scope.FIRMWARE_WRITE):
        return []
    kinds = {"abort": "danger", "drop": "danger", "start": "primary", "approve": "primary", "resume": "primary"}
    return [forms.button(form.submit, form, kind=kinds.get(name, "")) for name, form in _deeds(visit, found)]


def waits_for_another(found: Opened) -> bool:
    """Tell whether the plan waits for a person other than the one who looks."""
    planned = found.row.state is RolloutState.PLANNED
    return planned and found.second and not found.other


def _deeds(visit: Visit, found: Opened) -> Iterator[tuple[str, Form]]:
    state = found.row.state
    if state is RolloutState.PLANNED and not waits_for_another(found):
        text = f"You approve this plan and no other: {found.row.digest[:12]}…"
        yield "approve", _form(visit, found, "approve", "Approve", text, digest=found.row.digest)
    if state in (RolloutState.APPROVED, RolloutState.SCHEDULED) or (
        state is RolloutState.PLANNED and not found.second
    ):
        yield "start", _start(visit, found)
    if state is RolloutState.RUNNING:
        text = "Nothing more begins; what is under way comes to its end."
        yield "pause", _form(visit, found, "pause", "Pause", text)
    if state is RolloutState.PAUSED:
        yield "resume", _form(visit, found, "resume", "Go on", FORGIVEN)
    if state in (RolloutState.RUNNING, RolloutState.PAUSED):
        if count := sum(found.row.stages.get(stage, 0) for stage in BAD):
            text = f"{units.plural(count, 'device')} that failed or were lost begin anew, each with a look at it."
            yield "retry", _form(visit, found, "retry", "Try again", text)
        text = "Nothing more begins at all, package files are taken away again, and it ends for good."
        yield "abort", _form(visit, found, "abort", "Abort", text)
    if state in AHEAD:
        yield "drop", _form(visit, found, "abort", "Drop the plan", "No device was touched, and none will be.")


def _start(visit: Visit, found: Opened) -> Form:
    """Start it, now or later; many devices are confirmed by their number."""
    _, total = over(found.row)
    scheduled = found.row.state is RolloutState.SCHEDULED
    text = f"{units.plural(total, 'device')} are brought to {found.row.terms.target}, wave by wave, and restarted."
    at = Field(name="at", label="Begins", kind="datetime-local", hint="Left out: when the plan says, or at once.")
    confirm = Field(
        name="confirm",
        label=f"Write {total}, the number of devices, to confirm",
        equals=str(total),
        apart=True,
        required=True,
    )
    form = _form(visit, found, "start", "Start at another time" if scheduled else "Start", text)
    done = "It begins at its time; its job is under way within seconds then."
    return replace(form, fields=[at, confirm] if total > TYPED else [at], done=done)


def skipping(visit: Visit, found: Opened) -> Component | None:
    """Declare the form by which a device with which nothing has begun is left out."""
    if found.row.state not in LIVE or not visit.principal.may(Scope.FIRMWARE_WRITE):
        return None
    form = Form(
        title="Leave {{name}} out",
        method="POST",
        path=admin.rest(visit, f"rollouts/{found.row.id}/devices/{{{{device}}}}/skip"),
        submit="Leave it out",
        text="This rollout does nothing with it; another one may.",
        done="It is left out.",
    )
    return forms.shared(SKIP, form)


def stopping(visit: Visit, rules: Rules) -> Component | None:
    """Offer the word that stops all rollouts of the tenant; it is confirmed by writing it."""
    if rules.stopped or not visit.principal.may(Scope.FIRMWARE_WRITE):
        return None
    confirm = Field(name="confirm", label="Write stop to confirm", equals="stop", apart=True, required=True)
    reason = Field(name="reason", label="Why", hint="For whoever asks.", more={"maxlength": "500"})
    form = Form(
        title="Stop everything",
        method="POST",
        path=admin.rest(visit, "firmware/stop"),
        fields=[reason, confirm],
        submit="Stop everything",
        text="No device of any rollout of this tenant goes over a point of no return, until somebody takes it back.",
        done="All rollouts are stopped.",
        danger=True,
    )
    return forms.button("Stop everything", form, kind="danger", id="rollouts-stop")


def stopped(visit: Visit, rules: Rules) -> Component | None:
    """Say that all rollouts are stopped, by whom and why, with the way to go on."""
    if (found := rules.stopped) is None:
        return None
    lift = Form(
        title="Let rollouts go on",
        method="POST",
        path=admin.rest(visit, "firmware/stop/lift"),
        submit="Let them go on",
        text="What ran goes on where it stood.",
        done="Rollouts go on.",
    )
    may = not found.house and visit.principal.may(Scope.FIRMWARE_WRITE)
    at = units.clock_time(found.at, visit.look.zone, visit.now)
    step = forms.button("Let them go on", lift) if may else html.Span("")
    whose = "Whoever operates this system can take it back." if found.house else ""
    return controls.notice("Everything is stopped", f"{found} Since {at}. {whose}".strip(), step, tone="bad")


def _form(visit: Visit, found: Opened, deed: str, word: str, text: str, /, **fixed: str) -> Form:
    return Form(
        title=word,
        method="POST",
        path=admin.rest(visit, f"rollouts/{found.row.id}/{deed}"),
        submit=word,
        text=text,
        done="It is done.",
        danger=deed == "abort",
        fixed=fixed,
    )
