"""How routers secure their API: with a certificate of their own, or without one by anonymous Diffie-Hellman."""

from __future__ import annotations

import os
import ssl
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from routeros.simulator.doors.certificates import Certificates, Identity, make
from routeros.simulator.faults import Kind
from routeros.simulator.parts import services
from routeros.simulator.router import Router

CONTEXTS = 256
"""TLS contexts kept at once; one takes about 20 KB and a millisecond to make."""

GROUP = b"""-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
"""
"""The group ffdhe2048 of RFC 7919: without one, OpenSSL never agrees on anonymous Diffie-Hellman."""

BYGONE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)


class Tls:
    """The TLS contexts of a fleet, made when they are needed."""

    def __init__(self, certificates: Certificates) -> None:
        self._certificates = certificates
        self._contexts: OrderedDict[tuple[str, str, bool], ssl.SSLContext] = OrderedDict()
        self._odd: dict[tuple[str, str], Identity] = {}
        self._fronts = {old: _front(old) for old in (False, True)}

    def wrap(self, router: Router, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> ssl.SSLObject:
        """Begin a connection to a router."""
        context = self.context(router)
        if _is_anonymous(router):
            return context.wrap_bio(incoming, outgoing, server_side=True)
        front = self._fronts[_is_old(router)]
        made = cast(Shown, front.wrap_bio(incoming, outgoing, server_side=True))
        made.shows = context
        return made

    def release(self, made: ssl.SSLObject) -> None:
        """Let go of a certificate that was shown: a context weighs more than all the rest of an idle connection."""
        if isinstance(made, Shown):
            made.context, made.shows = self._fronts[False], None

    def context(self, router: Router) -> ssl.SSLContext:
        """Make or find the context with which a router answers as things are."""
        old = _is_old(router)
        if _is_anonymous(router):
            return self._kept(("", "", old), None)
        odd = next((kind for kind in (Kind.EXPIRED, Kind.CHANGED) if kind in router.faults), "")
        mark = router.model.mark
        return self._kept((mark, odd, old), self._odd_one(router, odd) if odd else self._certificates[mark])

    def _kept(self, name: tuple[str, str, bool], identity: Identity | None) -> ssl.SSLContext:
        context = self._contexts.pop(name, None) or _context(identity, name[2])
        self._contexts[name] = context
        if len(self._contexts) > CONTEXTS:
            self._contexts.popitem(last=False)
        return context

    def _odd_one(self, router: Router, kind: str) -> Identity:
        """Find or make a certificate that is not the one that is listed."""
        name = (router.model.mark, kind)
        if name not in self._odd:
            lasting = {"lasting": BYGONE} if kind == Kind.EXPIRED else {}
            self._odd[name] = make(router.model.mark, router.model.address, **lasting)
        return self._odd[name]


class Shown(ssl.SSLObject):
    """The router's side of a connection; ``shows`` holds its certificate until the handshake is over."""

    shows: ssl.SSLContext | None = None


def _front(old: bool) -> ssl.SSLContext:
    """Make the context with which connections begin: OpenSSL never lets go of the first one."""
    context = _plain(old)
    context.sslobject_class = Shown
    context.sni_callback = _show
    return context


def _show(made: ssl.SSLSocket | ssl.SSLObject, _: str | None, __: ssl.SSLContext) -> None:
    if isinstance(made, Shown) and made.shows is not None:
        made.context = made.shows


def _is_anonymous(router: Router) -> bool:
    return services.row(router, "api-ssl").get("certificate", "none") == "none"


def _is_old(router: Router) -> bool:
    return services.row(router, "api-ssl").get("tls-version") == "only-1.2"


def _plain(old: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.num_tickets = 0
    if old:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def _context(identity: Identity | None, old: bool) -> ssl.SSLContext:
    context = _plain(old)
    if identity is None:
        _load(context.load_dh_params, GROUP)
        # TLS 1.3 has no anonymous key exchange.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ADH:@SECLEVEL=0")
        return context
    _load(context.load_cert_chain, identity.pem())
    return context


def _load(take: Callable[[str], object], content: bytes) -> None:
    """Let OpenSSL read from memory what it takes from files only; a key touches no disk."""
    descriptor = os.memfd_create("tls")
    try:
        os.write(descriptor, content)
        take(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
