"""Channels with real receivers: what arrives, what is not followed, and where nothing is sent."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope

from actors import channel as ways
from actors.channel import Note, Place, Receipt, key
from actors.channels import email, slack, webhook
from actors.guard import Guard
from cluster import certificates
from cluster.servers.state import State
from fleet.egress import Egress
from fleet.settings import Settings
from tests.actors.receivers import HERE, Receiver, receiver

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
NOTE = Note(UUID(int=1), AT, "Firing: core <b> is down. [North]", "core is down.\n", "<p>core</p>", {"type": "x"})
SECRET = webhook.fresh()


def post(url: str, guard: Guard = HERE) -> Receipt:
    return asyncio.run(webhook.send(Place({}, url, SECRET), NOTE, guard))


async def mail(settings: Mapping[str, Any], secret: str = "", note: Note = NOTE, guard: Guard = HERE) -> Receipt:
    return await email.send(Place(settings, secret=secret), note, guard)


@pytest.fixture
def web() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def test_every_kind_is_found_and_says_what_it_needs() -> None:
    found = ways.kinds()
    assert sorted(found) == ["email", "slack", "webhook"]
    assert all(
        kind == one.kind and one.needs <= {"url", "secret", "mail"} and one.about for kind, one in found.items()
    )


def test_a_webhook_is_signed_so_that_its_receiver_can_tell(web: Receiver) -> None:
    assert post(web.url(host="localhost")) == Receipt(True, 204, "taken")
    ((_, headers, body),) = web.taken
    assert json.loads(body) == {"type": "x"}
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    made = base64.b64encode(hmac.digest(key(SECRET), signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{made}"
    assert (headers["webhook-timestamp"], headers["host"]) == (str(int(AT.timestamp())), f"localhost:{web.port}")


def test_an_answer_that_is_no_thanks_is_told(web: Receiver) -> None:
    failed = post(web.url("fail"))
    assert (failed.sent, failed.code, failed.said[:11]) == (False, 500, "not now not")
    gone = post(web.url("gone"))
    assert (gone.sent, gone.code, gone.gone) == (False, 410, True)


def test_a_redirect_is_not_followed(web: Receiver) -> None:
    receipt = post(web.url("away"))
    assert (receipt.sent, receipt.code, web.paths) == (False, 302, ["/away"])


def test_who_hangs_is_left(web: Receiver) -> None:
    receipt = post(web.url("hang"), replace(HERE, patience=0.3))
    assert (receipt.sent, receipt.code, receipt.gone) == (False, None, False)
    assert "within 0.3 s" in receipt.said


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "0x7f.1", "[::1]", "10.0.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
     "[::ffff:127.0.0.1]", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]", "0.0.0.0", "224.0.0.1"],
)  # fmt: skip
def test_nothing_is_sent_to_what_is_not_public(web: Receiver, host: str) -> None:
    receipt = post(web.url(host=host), Guard())
    assert (receipt.sent, receipt.code, web.taken) == (False, None, [])
    assert "public internet" in receipt.said


def test_what_the_operator_names_is_let_out_and_no_more(web: Receiver) -> None:
    allowed = Egress.of(["10.0.0.0/8"]).networks
    assert not post(web.url(), Guard(allowed)).sent
    assert "not known" in post("http://no.such.name.invalid/", Guard(allowed)).said


def test_what_looks_like_markup_stays_text_in_a_chat(web: Receiver) -> None:
    assert asyncio.run(slack.send(Place({}, web.url()), NOTE, HERE)).sent
    said = json.loads(web.taken[0][2])
    assert said["text"] == "Firing: core &lt;b&gt; is down. [North]"
    assert "core is down." in said["blocks"][0]["text"]["text"]


class Box:
    """Keeps the mails that a server takes; who is called nobody is refused."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if address.startswith("nobody"):
            return "550 there is nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.mails.append(envelope)
        return "250 kept"


@asynccontextmanager
async def mail_server(
    box: Box, security: str = "none", tls: ssl.SSLContext | None = None
) -> AsyncIterator[dict[str, Any]]:
    """Serve mail on this machine; tells the settings of a channel to it."""
    more: dict[str, Any] = {"hostname": "mail.example.net", "timeout": 60}
    if tls is not None:
        more |= {"auth_required": True, "authenticator": _known, "auth_require_tls": security == "starttls"}
    if security == "starttls":
        more |= {"tls_context": tls, "require_starttls": True}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(box, loop=loop, **more), "127.0.0.1", 0, ssl=tls if security == "tls" else None
    )
    async with server:
        place = {"host": "localhost" if tls else "127.0.0.1", "port": server.sockets[0].getsockname()[1]}
        whom = {"sender": "flotilla@example.net", "to": ["noc@example.net"], "username": "", "authority": None}
        yield {**place, **whom, "security": security}


def _known(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"me", b"word"), handled=False)


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    """A certificate for this machine, and the authority that vouches for it."""
    home = tmp_path_factory.mktemp("mail")
    asked, state = Settings(state=home, web_tls="on"), State(home)
    for place in ("secrets", "run"):
        (home / place).mkdir()
    certificates.prepare(state, asked)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificates.files(asked))
    return context, Path(state.run("web-authority.pem")).read_text()


def test_a_mail_arrives_in_two_forms() -> None:
    box = Box()

    async def go() -> tuple[Receipt, Receipt, Receipt]:
        async with mail_server(box) as settings:
            receipt = await mail(settings)
            person = await mail(settings, note=replace(NOTE, person="ann@example.net"))
            return receipt, person, await mail(settings | {"to": ["nobody@example.net"]})

    receipt, person, refused = asyncio.run(go())
    assert (receipt, person) == (Receipt(True, 250, "kept"), Receipt(True, 250, "kept"))
    assert (refused.sent, refused.code) == (False, 550)
    assert [mail.rcpt_tos for mail in box.mails] == [["noc@example.net"], ["ann@example.net"]]
    said = message_from_bytes(box.mails[0].original_content or b"", policy=policy.default)
    assert (said["subject"], said["message-id"]) == (NOTE.subject, f"<{NOTE.id}@flotilla>")
    assert [part.get_content_type() for part in said.walk()][1:] == ["text/plain", "text/html"]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_mail_goes_under_tls_to_who_is_vouched_for(secure: tuple[ssl.SSLContext, str], security: str) -> None:
    box, (context, authority) = Box(), secure

    async def go() -> tuple[Receipt, Receipt, Receipt]:
        async with mail_server(box, security, context) as settings:
            entered = settings | {"username": "me", "authority": authority}
            right, wrong = await mail(entered, "word"), await mail(entered, "guess")
            return right, wrong, await mail(entered | {"authority": None}, "word")

    right, wrong, stranger = asyncio.run(go())
    assert right == Receipt(True, 250, "kept")
    assert (wrong.sent, wrong.code, len(box.mails)) == (False, 535, 1)
    assert (stranger.sent, "certificate" in stranger.said.lower()) == (False, True)


def test_a_mail_server_that_offers_no_tls_or_is_not_public_gets_no_mail() -> None:
    box = Box()

    async def go() -> tuple[Receipt, Receipt]:
        async with mail_server(box) as settings:
            bare = await mail(settings | {"security": "starttls", "username": "me"}, "word")
            return bare, await mail(settings, guard=Guard())

    bare, refused = asyncio.run(go())
    assert (bare.sent, refused.sent, box.mails) == (False, False, [])
    assert "public internet" in refused.said
