"""Every code with which the API refuses: its status, what it means, and what to do next.

``docs/errors.md`` and the page ``/api/docs/errors`` are written from this, and each problem's ``type`` points there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

PLACE = "/api/docs/errors"

HEAD = """\
# Errors

Every refusal of the API is `application/problem+json` (RFC 9457) with a `code` for programs, a `detail` for people, a
`next_step`, the `request_id` that is also in the header `X-Request-ID` and in the log, and `errors` that name each
fault of what was sent. Its `type` is the address of the code's line here, as the server itself shows it.

A code keeps its meaning. 429 and 503 pass by themselves: wait for `Retry-After`, where it is given, and try again.
Writes are safe to repeat with the `Idempotency-Key` of the first try.

| code | status | what it means | what to do |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code stands for."""

    code: str
    status: int
    what: str
    step: str


EVERY = (
    Meaning("bad_request", 400, "The request is not well-formed HTTP.", "Send a well-formed request."),
    Meaning(
        "unauthenticated", 401, "Nobody is signed in, or the key or session has ended.", "Sign in, or send a key."
    ),
    Meaning("forbidden", 403, "The role or the key's scopes do not allow it.", "Ask a tenant_admin for more."),
    Meaning(
        "cross_site", 403, "Another site made the request, or the CSRF token is missing.", "Send `X-CSRF-Token`."
    ),
    Meaning("command_refused", 403, "The command is not on the list of what may be asked.", "Use one of the list."),
    Meaning("tenant_violation", 403, "The database refused another tenant's row.", "Ask for what is your own."),
    Meaning("not_found", 404, "It is not there, or it is not yours: the two are told alike.", "See the list."),
    Meaning("method_not_allowed", 405, "The address does not answer to that method.", "Use one of `Allow`."),
    Meaning("request_timeout", 408, "The request came too slowly.", "Send it again, all at once."),
    Meaning(
        "conflict", 409, "The present state does not allow it, as a name that is taken.", "Do as `next_step` says."
    ),
    Meaning("lock_out", 409, "The change may cut the path to the device.", "Change it, or push with an override."),
    Meaning("no_net", 409, "Nothing can catch the change on this device.", "Allow a timer, or override it."),
    Meaning("not_ours", 409, "Another process acts on the device now.", "It goes on by itself."),
    Meaning(
        "belongs_elsewhere",
        409,
        "A tenant's link would open what is another tenant's.",
        "Ask a super_admin to let the person in; the password stays.",
    ),
    Meaning(
        "backup_unfit", 409, "The binary backup is not this device's, or not of its version.", "Restore a script."
    ),
    Meaning("last_tenant_admin", 409, "Without this person nobody could let anybody in.", "Make another one first."),
    Meaning("bad_public_value", 422, "With this public value anybody could sign in.", "Take a fresh random secret."),
    Meaning(
        "bad_secret_key", 422, "That is no Secret Key, or a sign of it is wrong.", "Copy it from the Emergency Kit."
    ),
    Meaning("streams_full", 503, "The process has as many streams as it takes.", "Come again after `Retry-After`."),
    Meaning(
        "request_underway", 409, "The first request with this `Idempotency-Key` has not ended.", "Wait, send again."
    ),
    Meaning(
        "shown_once",
        409,
        "It was done before with this `Idempotency-Key`, and the secret of its answer was shown then.",
        "Where that answer was lost, remove what was made and make another with a new key.",
    ),
    Meaning(
        "precondition_failed", 412, "It was changed since you read it (`If-Match`).", "Read it again, then decide."
    ),
    Meaning("request_entity_too_large", 413, "The body is too long for this operation.", "Send less at once."),
    Meaning("unsupported_media_type", 415, "The body is not of a type that this operation reads.", "Send JSON."),
    Meaning("bad_input", 422, "What was sent cannot be understood; `errors` names each fault.", "Correct those."),
    Meaning("needs_push", 422, "The command changes the device, and the runner changes nothing.", "Push the change."),
    Meaning("many_rows", 422, "A command names several rows, and a step is for one.", "Do as `next_step` says."),
    Meaning("bad_setting", 422, "A setting of the server is unknown or malformed.", "Correct the setting."),
    Meaning("egress_denied", 422, "The tenant may not reach that address.", "Give one of the tenant's networks."),
    Meaning(
        "idempotency_key_reused",
        422,
        "The `Idempotency-Key` was used for another request.",
        "Make a new key for each thing that you ask for.",
    ),
    Meaning("request_header_fields_too_large", 431, "The headers are too long.", "Send shorter headers."),
    Meaning("too_many", 429, "A limit is used up; `RateLimit` tells which.", "Wait for `Retry-After`."),
    Meaning("error", 500, "Something failed that has no code of its own.", "Do as `next_step` says."),
    Meaning("unexpected", 500, "A fault of ours that nobody foresaw.", "Try again; then report the `request_id`."),
    Meaning("internal_server_error", 500, "A fault of ours that nobody foresaw.", "Report the `request_id`."),
    Meaning("start_refused", 500, "The program cannot do this here.", "Do as `next_step` says."),
    Meaning("secret_broken", 500, "A stored password cannot be opened.", "Give the device its password again."),
    Meaning("one_at_a_time", 500, "The device answers one command at a time only.", "Nothing: it is asked so."),
    Meaning("routeros_error", 502, "The device answered with an error.", "Do as `next_step` says."),
    Meaning("unreachable", 502, "The device cannot be reached.", "Check its address, port and way."),
    Meaning("tls_failed", 502, "TLS with the device failed.", "Choose the TLS mode that it offers."),
    Meaning("tls_cut", 502, "The device ended the connection before TLS was agreed on.", "Try again in a minute."),
    Meaning(
        "tls_pin_mismatch", 502, "The device shows another certificate than the pinned one.", "Look before you pin."
    ),
    Meaning("ssh_failed", 502, "SSH with the device failed.", "Check its SSH service and the login."),
    Meaning("host_key_mismatch", 502, "The device shows another SSH host key.", "Look before you accept it."),
    Meaning("file_refused", 502, "The device refused a file.", "Check its space and the path."),
    Meaning("too_long", 502, "An answer of the device is longer than allowed.", "Switch that collector off."),
    Meaning("no_rights", 502, "The device's user may not write an export.", "Give its group the policies it names."),
    Meaning("config_broken", 500, "A stored configuration cannot be opened.", "Restore the database or OpenBao."),
    Meaning("login_failed", 502, "The device refused the login.", "Correct the user or the password."),
    Meaning("trap", 502, "The device refused a command.", "See `detail` for its words."),
    Meaning(
        "too_many_rows", 502, "An answer of the device has more rows than allowed.", "Switch that collector off."
    ),
    Meaning("fatal", 502, "The device ended the connection.", "See `detail` for its words."),
    Meaning("protocol_error", 502, "The device sent what is no RouterOS API.", "Check address and port."),
    Meaning("no_row", 502, "The row that a step means is not on the device.", "Compare with its configuration."),
    Meaning("unavailable", 503, "A part of the system is away.", "Try again in a few seconds."),
    Meaning("not_ready", 503, "Some checks failed; `errors` names each.", "Try again in a few seconds."),
    Meaning("busy", 503, "The device has as many sessions as it may.", "Try again in a few seconds."),
    Meaning("timed_out", 504, "The device did not answer in time.", "Check the device and its way."),
)

MEANINGS = {meaning.code: meaning for meaning in EVERY}


def address(code: str) -> str:
    """Tell where a code is explained."""
    return f"{PLACE}#{code}"


def markdown() -> str:
    """Write ``docs/errors.md``."""
    return HEAD + "".join(_lines())


def _lines() -> Iterator[str]:
    for one in EVERY:
        yield f'| <a id="{one.code}"></a>`{one.code}` | {one.status} | {one.what} | {one.step} |\n'
