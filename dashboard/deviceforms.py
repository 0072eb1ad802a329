"""The forms about devices: added, changed, removed; the fields are those that REST takes."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import admin, forms
from dashboard.door import Visit
from dashboard.forms import Field, Form
from fleet.belonging import TAG
from fleet.device import TlsMode

ADDRESS = r"[0-9A-Fa-f:.]+|[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?"
FINGERPRINT = r"([0-9A-Fa-f]{2}:?){32}"
TLS = (
    (TlsMode.VERIFY.value, "Verify: an authority vouches for its certificate"),
    (TlsMode.PIN.value, "Pin: exactly this certificate"),
    (TlsMode.ANONYMOUS.value, "Anonymous: encrypted, but it proves nothing"),
    (TlsMode.PLAIN.value, "Plain: not encrypted"),
)
PROFILE, OWN = "profile", "own"


def adding(visit: Visit, **known: object) -> Form:
    """Make the form that adds a device; ``known`` are fields whose value is known already."""
    profiles = [one.name for one in visit.data.office.profiles(visit.principal)]
    fields = [*_place(visit), *_login(profiles), *_more(visit)]
    form = Form(
        title="Add a device",
        method="POST",
        path=admin.rest(visit, "devices"),
        fields=fields,
        submit="Add",
        done="The device was added; it is polled within seconds.",
        probe=admin.rest(visit, "devices/probe"),
    )
    return form.filled(**known)


def changing(visit: Visit) -> Form:
    """Make the form that changes the device of a row; it begins with what is stored then."""
    one = admin.rest(visit, "devices/{{id}}")
    profiles = [row.name for row in visit.data.office.profiles(visit.principal)]
    every = Field(
        name="interval_seconds",
        label="Polled every (seconds)",
        kind="number",
        half=True,
        required=True,
        more={"min": "1", "max": "86400", "step": "any"},
    )
    return Form(
        title="Change {{name}}",
        method="PATCH",
        path=one,
        load=one,
        fields=[*_place(visit), *_anew(profiles), *_more(visit), every, _streams()],
        done="{{name}} was changed.",
        probe=admin.rest(visit, "devices/probe"),
    )


def removing(visit: Visit) -> Form:
    """Make the form that removes the device of a row."""
    return forms.removal(
        "Remove {{name}}",
        admin.rest(visit, "devices/{{id}}"),
        "{{name}}",
        text="It is not polled any more. What it measured stays until it is too old, its history for good.",
        done="{{name}} was removed.",
    )


def _place(visit: Visit) -> list[Field]:
    pin = {"tls": [TlsMode.PIN.value]}
    return [
        Field(name="name", label="Name", required=True, more={"maxlength": "120"}),
        Field(
            name="address",
            label="Address",
            half=True,
            required=True,
            pattern=ADDRESS,
            odd="Write an IP address without brackets or a DNS name; the port stands apart.",
            hint="IP address or DNS name.",
        ),
        Field(
            name="port",
            label="Port",
            kind="number",
            half=True,
            hint="Left out: 8729, plain 8728.",
            more={"min": "1", "max": "65535", "step": "1"},
        ),
        Field(name="tls", label="Protection", kind="select", options=TLS, value=TlsMode.VERIFY.value),
        Field(
            name="fingerprint",
            label="Fingerprint of its certificate (SHA-256)",
            required=True,
            when=pin,
            pattern=FINGERPRINT,
            odd="It is 64 hexadecimal digits, colons or not.",
            hint="From a look at the device, compared with /certificate/print detail.",
        ),
    ]


def _login(profiles: Sequence[str]) -> list[Field]:
    """Ask for a profile or a login of its own; a profile is offered first where there are some."""
    options = ((PROFILE, "a credential profile"), (OWN, "a user of its own"))
    return [
        Field(
            name="login",
            label="It is entered with",
            kind="select",
            options=options if profiles else options[1:],
            value=PROFILE if profiles else OWN,
            apart=True,
        ),
        *_profile(profiles),
        *_own(),
    ]


def _anew(profiles: Sequence[str]) -> list[Field]:
    """Ask whether the login becomes another one."""
    others = ((PROFILE, "a credential profile"), (OWN, "a user of its own"))
    options = (("", "the login stays"), *(others if profiles else others[1:]))
    choice = Field(name="login", label="It is entered with", kind="select", options=options, value="", apart=True)
    return [choice, *_profile(profiles), *_own()]


def _profile(profiles: Sequence[str]) -> list[Field]:
    when = {"login": [PROFILE]}
    options = [(name, name) for name in profiles]
    return [Field(name="profile", label="Profile", kind="select", options=options, required=True, when=when)]


def _own() -> list[Field]:
    when = {"login": [OWN]}
    return [
        Field(name="username", label="User", required=True, when=when, half=True),
        Field(
            name="password",
            label="Password",
            kind="password",
            half=True,
            required=True,
            when=when,
            hint="Kept encrypted, never shown.",
        ),
    ]


def _more(visit: Visit) -> list[Field]:
    sites = [one.name for one in visit.data.office.sites(visit.principal)]
    tags = Field(
        name="tags",
        label="Tags",
        kind="words",
        pattern=TAG,
        hint="Small letters and digits, with commas between them: core, customer:4711.",
    )
    return [Field(name="site", label="Site", suggest=sites, clears=True, hint="One that there is, or nothing."), tags]


def _streams() -> Field:
    return Field(
        name="streams",
        label="Commands at once",
        kind="number",
        half=True,
        required=True,
        hint="Small boards take 2.",
        more={"min": "1", "max": "64", "step": "1"},
    )
