"""Secrets as Transit ciphertext of OpenBao: sealed and opened in batches, with one key for each tenant.

A batch with one bad ciphertext is answered with status 400, whose body still holds the result of every item.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import hvac
from hvac.exceptions import Forbidden, InvalidRequest, VaultError

from fleet.errors import Unavailable
from fleet.identity import TenantId
from fleet.settings import Settings

BATCH = 300
"""Items of one request: each is up to ten strings of JSON, and OpenBao counts those."""

T = TypeVar("T")
Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BrokenSecret:
    """What stands in the place of a secret that cannot be opened, and why."""

    reason: str


class Vault:
    """OpenBao entered by AppRole; logs in when it must, and again when its token has ended. Threads may share it."""

    def __init__(self, url: str, role_id: str, secret_id: str, patience: timedelta = timedelta(seconds=10)) -> None:
        self._login = {"role_id": role_id, "secret_id": secret_id}
        if not url:
            raise Unavailable("No OpenBao is known.", "Run `flotilla up`, or give the setting openbao_url.")
        self._client = hvac.Client(url=url, token="", timeout=patience.total_seconds())
        # Neither a proxy nor a .netrc of the environment comes between us and the secrets.
        self._client.session.trust_env = False

    @classmethod
    def of(cls, settings: Settings) -> Vault:
        """Take the place and the AppRole from the settings."""
        return cls(settings.openbao_url, settings.openbao_role_id, settings.openbao_secret_id)

    def ensure(self, tenant_id: TenantId) -> None:
        """Make the tenant's key unless it is there."""
        self._ask(lambda transit: transit.create_key(_key(tenant_id)))

    def seal(self, tenant_id: TenantId, secrets: Sequence[bytes]) -> list[str]:
        """Encrypt secrets under the tenant's key, in their order; raises Unavailable where OpenBao does not."""
        items = [{"plaintext": base64.b64encode(secret).decode()} for secret in secrets]
        sealed = [
            (result.get("ciphertext"), result.get("error")) for result in self._each(tenant_id, "encrypt_data", items)
        ]
        if refused := [error for text, error in sealed if not text]:
            raise Unavailable(
                f"OpenBao did not seal a secret: {refused[0]}.", "Check the tenant's key and its policy."
            )
        return [str(text) for text, _ in sealed]

    def open(self, tenant_id: TenantId, sealed: Sequence[str]) -> list[bytes | BrokenSecret]:
        """Decrypt secrets, in their order; a bad one costs only itself. Raises Unavailable where OpenBao is away."""
        items = [{"ciphertext": text} for text in sealed]
        return [_opened(result) for result in self._each(tenant_id, "decrypt_data", items)]

    def rotate(self, tenant_id: TenantId) -> None:
        """Give the tenant's key a new version; what was sealed under older ones still opens."""
        self._ask(lambda transit: transit.rotate_key(_key(tenant_id)))

    def rewrap(self, tenant_id: TenantId, sealed: Sequence[str]) -> list[str]:
        """Seal secrets anew under the newest version of the tenant's key, without showing them to anybody.

        What cannot be opened is given back as it is. Raises Unavailable where OpenBao is away.
        """
        items = [{"ciphertext": text} for text in sealed]
        results = self._each(tenant_id, "rewrap_data", items, ciphertext=None)
        return [str(done.get("ciphertext") or text) for text, done in zip(sealed, results, strict=True)]

    def close(self) -> None:
        """Close the connections; a later use opens new ones."""
        self._client.adapter.close()

    def _each(self, tenant_id: TenantId, verb: str, items: Sequence[Item], **more: None) -> Iterator[Item]:
        for first in range(0, len(items), BATCH):
            yield from self._batch(tenant_id, verb, items[first : first + BATCH], **more)

    def _batch(self, tenant_id: TenantId, verb: str, items: Sequence[Item], **more: None) -> list[Item]:
        try:
            answer = self._ask(lambda transit: getattr(transit, verb)(_key(tenant_id), batch_input=items, **more))
        except InvalidRequest as error:
            return _partial(error, len(items))
        return list(answer["data"]["batch_results"])

    def _ask(self, question: Callable[[Any], T]) -> T:
        """Put a question to Transit, with a new login where the token has ended."""
        with _reachable():
            if self._client.token:
                try:
                    return question(self._client.secrets.transit)
                except Forbidden:
                    pass
            self._enter()
            return question(self._client.secrets.transit)

    def _enter(self) -> None:
        try:
            self._client.auth.approle.login(**self._login)
        except InvalidRequest as error:
            raise Unavailable(
                "OpenBao does not know Flotilla's AppRole.", "Check openbao_role_id and openbao_secret_id."
            ) from error


@contextmanager
def _reachable() -> Iterator[None]:
    """Raise Unavailable in place of hvac's errors; an InvalidRequest is for the caller, who asked it."""
    try:
        yield
    except InvalidRequest:
        raise
    except Forbidden as error:
        raise Unavailable(
            "OpenBao does not let Flotilla use the tenant's key.",
            "Make the key first, or check its policy.",
        ) from error
    except (VaultError, OSError) as error:
        raise Unavailable("OpenBao cannot be reached or is sealed.", "Try again in a few seconds.") from error


def _partial(error: InvalidRequest, count: int) -> list[Item]:
    """Take the results of the items out of an answer of status 400; without any, all share its reason."""
    body = error.json if isinstance(error.json, dict) else {}
    results = (body.get("data") or {}).get("batch_results") or []
    if len(results) == count:
        return list(results)
    return [{"error": ", ".join(error.errors or ["refused"])}] * count


def _opened(result: Item) -> bytes | BrokenSecret:
    if result.get("error"):
        return BrokenSecret(str(result["error"]))
    return base64.b64decode(result["plaintext"])


def _key(tenant_id: TenantId) -> str:
    return f"tenant-{tenant_id}"
