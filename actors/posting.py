"""A message as an HTTP request: to the address that was checked, followed nowhere, with an end to its patience."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Final

import httpx

from actors.channel import Receipt
from actors.guard import Guard
from fleet.errors import EgressDenied

READ: Final = 500
"""Bytes of an answer that are worth a look."""

GONE: Final = 410


async def post(guard: Guard, url: str, body: bytes, headers: Mapping[str, str]) -> Receipt:
    """Post a body and tell how that went; nothing is raised. Neither proxy nor .netrc comes in between."""
    try:
        async with asyncio.timeout(guard.patience):
            return await _post(guard, httpx.URL(url), body, headers)
    except TimeoutError:
        return Receipt(False, None, f"There was no answer within {guard.patience:g} s.")
    except (EgressDenied, httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
        return Receipt(False, None, str(error) or type(error).__name__)


async def _post(guard: Guard, target: httpx.URL, body: bytes, headers: Mapping[str, str]) -> Receipt:
    port = target.port or (443 if target.scheme == "https" else 80)
    addresses = await guard.addresses(target.host, port)
    async with httpx.AsyncClient(
        trust_env=False, follow_redirects=False, timeout=guard.patience, verify=_trust()
    ) as client:
        for address in addresses[:-1]:
            try:
                return await _ask(client, target, address, body, headers)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await _ask(client, target, addresses[-1], body, headers)


async def _ask(
    client: httpx.AsyncClient, target: httpx.URL, address: str, body: bytes, headers: Mapping[str, str]
) -> Receipt:
    """Ask at one address, under the name that was meant; the certificate must be that name's."""
    named = {"host": target.netloc.decode(), "content-type": "application/json", "user-agent": "Flotilla", **headers}
    place, meant = target.copy_with(host=address), {"sni_hostname": target.host}
    async with client.stream("POST", place, content=body, headers=named, extensions=meant) as answer:
        code, said = answer.status_code, b""
        async for piece in answer.aiter_raw(READ):
            said += piece
            if len(said) >= READ:
                break
    if answer.is_success:
        return Receipt(True, code, "taken")
    if answer.is_redirect:
        return Receipt(False, code, "It points elsewhere, and that is not followed.")
    text = " ".join("".join(c if c.isprintable() else " " for c in said[:READ].decode(errors="replace")).split())
    return Receipt(False, code, text[:200] or answer.reason_phrase or "refused", gone=code == GONE)


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()
