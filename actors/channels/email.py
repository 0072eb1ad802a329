"""Alerts as e-mail, by a mail server of the tenant's."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import aiosmtplib

from actors.channel import Channel, Note, Place, Receipt
from actors.guard import Guard
from fleet.errors import EgressDenied


async def send(place: Place, note: Note, guard: Guard) -> Receipt:
    """Hand a mail to the server, under the same Message-ID at each attempt; nothing is raised."""
    try:
        async with asyncio.timeout(guard.patience):
            return await _send(place, written(place.settings, note), guard)
    except TimeoutError:
        return Receipt(False, None, f"The mail server did not answer within {guard.patience:g} s.")
    except aiosmtplib.SMTPRecipientsRefused as error:
        refused = error.recipients[0]
        return Receipt(False, refused.code, f"{refused.recipient}: {refused.message}"[:200])
    except aiosmtplib.SMTPResponseException as error:
        return Receipt(False, error.code, str(error.message)[:200])
    except (aiosmtplib.SMTPException, EgressDenied, OSError, ValueError) as error:
        return Receipt(False, None, (str(error) or type(error).__name__)[:200])


def written(settings: Mapping[str, Any], note: Note) -> EmailMessage:
    """Write a mail in two forms, as text and as HTML."""
    mail = EmailMessage()
    mail["Message-ID"] = f"<{note.id}@flotilla>"
    mail["Date"] = format_datetime(note.at)
    mail["From"] = settings["sender"]
    mail["To"] = note.person or ", ".join(settings["to"])
    mail["Subject"] = note.subject
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(note.text)
    mail.add_alternative(note.html, subtype="html")
    return mail


async def _send(place: Place, mail: EmailMessage, guard: Guard) -> Receipt:
    """Enter the server as it was meant: TLS is never left out where it was asked for."""
    settings = place.settings
    host, security = settings["host"], settings["security"]
    line = await _dial(guard, host, settings["port"])
    try:
        client = aiosmtplib.SMTP(
            hostname=host,
            sock=line,
            timeout=guard.patience,
            use_tls=security == "tls",
            start_tls=security == "starttls",
            tls_context=_trust(settings.get("authority") or ""),
            username=settings.get("username") or None,
            password=place.secret or None,
        )
        async with client:
            refused, said = await client.send_message(mail)
    finally:
        line.close()
    if refused:
        return Receipt(True, 250, f"taken, but not for {', '.join(refused)}"[:200])
    return Receipt(True, 250, said[:200])


async def _dial(guard: Guard, host: str, port: int) -> socket.socket:
    """Connect to the first address of the name that answers; raises EgressDenied, OSError."""
    wrong: OSError = OSError(f"{host} has no address.")
    for address in await guard.addresses(host, port):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        line = socket.socket(family, socket.SOCK_STREAM)
        line.setblocking(False)
        connected = False
        try:
            await asyncio.get_running_loop().sock_connect(line, (address, port))
            connected = True
            return line
        except OSError as error:
            wrong = error
        finally:
            if not connected:
                line.close()
    raise wrong


def _trust(authority: str) -> ssl.SSLContext:
    """Trust an authority of the tenant's own alone, or those that everybody trusts."""
    return ssl.create_default_context(cadata=authority or None)


channel = Channel(
    kind="email",
    about="E-mail by a mail server of yours.",
    send=send,
    needs=frozenset({"mail"}),
    may=frozenset({"secret"}),
    people=True,
)
