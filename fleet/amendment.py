"""What is to become of a device that is there: the fields that somebody gives anew."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from fleet import endpoints
from fleet.belonging import SAME, Words
from fleet.device import Endpoint, TlsMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """New values; None leaves a field as it is. ``secret`` is ciphertext, as in ``fleet.device.Device``.

    ``site`` is its name or id, the empty word for none. ``profile`` is a name or id, in the place of username and
    secret: both together take a device away from its profile. ``trusted``: the fingerprint is the first that was
    seen, and somebody consented to that.
    """

    name: str | None = None
    address: str | None = None
    port: int | None = None
    tls: TlsMode | None = None
    fingerprint: str | None = None
    trusted: bool = False
    streams: int | None = None
    interval: timedelta | None = None
    username: str | None = None
    secret: str | None = field(default=None, repr=False)
    site: str | None = None
    profile: str | None = None
    tags: Words = SAME
    collectors_off: Words = SAME

    def endpoint(self, now: Endpoint) -> Endpoint:
        """Tell where the device is from then on. A pin goes with the mode that looks at it, the port stays.

        Raises BadField for a fingerprint that means nothing; whether one is missing is ``endpoints.pinned``'s to say.
        """
        given = {
            name: value
            for name in ("address", "port", "tls", "fingerprint", "streams")
            if (value := getattr(self, name)) is not None
        }
        if self.tls not in (None, TlsMode.PIN, now.tls):
            given.setdefault("fingerprint", None)
        changed = replace(now, **given)
        return changed if self.fingerprint is None else endpoints.meant(changed)
