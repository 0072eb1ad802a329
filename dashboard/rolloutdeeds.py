"""What can be done about a rollout where it stands: approve, start, pause, go on, try again, abort."""

from __future__ import annotations

from collections.abc import Iterator

from dash.development.base_component import Component

from dashboard import admin, forms, units
from dashboard.door import Visit
from dashboard.forms import Field, Form
from dashboard.rolloutdata import Opened
from dashboard.rolloutparts import over
from fleet.identity import Scope
from fleet.rollouts import RolloutState
from fleet.rollouts.states import BAD

TYPED = 10
"""Above so many devices their number is written to confirm a start."""

OTHER = "A second person has to approve it: somebody else than who planned it, who may write firmware."
FORGIVEN = "What has failed until now is taken as looked at, and pauses nothing more."


def offered(visit: Visit, found: Opened) -> list[Component]:
    """Offer what may be done now, to those who may do it."""
    if not visit.principal.may(Scope.FIRMWARE_WRITE):
        return []
    kinds = {"abort": "danger", "drop": "danger", "start": "primary", "approve": "primary", "resume": "primary"}
    return [
        forms.button(form.submit, form, kind=kinds.get(name, "")) for name, form in _deeds(visit, found) if form.title
    ]


def waits_for_another(visit: Visit, found: Opened) -> bool:
    """Tell whether the plan waits for a person other than the one who looks."""
    planned = found.row.state is RolloutState.PLANNED
    return planned and found.second and found.row.by == visit.principal.name


def _deeds(visit: Visit, found: Opened) -> Iterator[tuple[str, Form]]:
    state = found.row.state
    if state is RolloutState.PLANNED and not waits_for_another(visit, found):
        text = f"You approve this plan and no other: {found.row.digest[:12]}…"
        yield "approve", _form(visit, found, "approve", "Approve", text, digest=found.row.digest)
    if state is RolloutState.APPROVED or (state is RolloutState.PLANNED and not found.second):
        yield "start", _start(visit, found)
    if state is RolloutState.RUNNING:
        yield (
            "pause",
            _form(visit, found, "pause", "Pause", "Nothing more begins; what is under way comes to its end."),
        )
    if state is RolloutState.PAUSED:
        yield "resume", _form(visit, found, "resume", "Go on", FORGIVEN)
    if state in (RolloutState.RUNNING, RolloutState.PAUSED):
        if count := sum(found.row.stages.get(stage, 0) for stage in BAD):
            text = f"{units.plural(count, 'device')} that failed or were lost begin anew, each with a look at it."
            yield "retry", _form(visit, found, "retry", "Try again", text)
        text = "Nothing more begins at all, package files are taken away again, and it ends for good."
        yield "abort", _form(visit, found, "abort", "Abort", text)
    if state in (RolloutState.PLANNED, RolloutState.APPROVED):
        yield "drop", _form(visit, found, "abort", "Drop the plan", "No device was touched, and none will be.")


def _start(visit: Visit, found: Opened) -> Form:
    """Start it; many devices are confirmed by their number."""
    _, total = over(found.row)
    text = f"{units.plural(total, 'device')} are brought to {found.row.terms.target}, wave by wave, and restarted."
    confirm = Field(
        name="confirm",
        label=f"Write {total}, the number of devices, to confirm",
        equals=str(total),
        apart=True,
        required=True,
    )
    form = _form(visit, found, "start", "Start", text)
    return Form(
        title="Start the rollout",
        method="POST",
        path=form.path,
        fields=[confirm] if total > TYPED else [],
        submit="Start",
        text=text,
        done="The rollout has begun: its job is under way within seconds.",
    )


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
