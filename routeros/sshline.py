"""How an SSH connection is made: where to, which host key and algorithms are taken, and what each failure is.

Nothing of the user who runs it is read: no configuration, no known hosts, no keys, no agent.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncssh

from routeros.errors import (
    FileRefused,
    HostKeyMismatch,
    LoginFailed,
    ProtocolError,
    SshFailed,
    TimedOut,
    Unreachable,
)

REACH: Final = "Check address, port and route, and that the service ssh is enabled (/ip/service) and not firewalled."
_ENTER: Final = (
    "Check user name and password, that the group has the policy ssh, and that the user has no SSH key: "
    "with one, RouterOS refuses passwords (/ip/ssh)."
)
_CHANNEL: Final = (
    "Check that the group has the policies ssh and ftp (/user/group), and how many sessions there are (/user/active)."
)
_FIRST: Final = "Find out that it is the device's own, then accept it."


@dataclass(frozen=True, slots=True)
class Host:
    """The SSH service of a device.

    ``fingerprint`` is the accepted host key as ``SHA256:…``. Where none is stored yet, ``consent`` says who agreed to
    trust the first one that is shown; without it that is an error. ``legacy`` adds the algorithms of RouterOS 6
    (SHA-1, CBC), which are broken or nearly so: a person chooses it for a device and sees it there.
    """

    address: str
    port: int = 22
    vantage: str = "default"
    fingerprint: str | None = None
    consent: str | None = None
    legacy: bool = False

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"


# Modern algorithms; beside each kind what RouterOS 6 has instead.
_KEYS: Final = (
    ("ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384"),
    ("ssh-rsa", "ssh-dss"),
)
_EXCHANGES: Final = (
    (
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "diffie-hellman-group-exchange-sha256",
        "diffie-hellman-group16-sha512",
        "diffie-hellman-group14-sha256",
    ),
    ("diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"),
)
_CIPHERS: Final = (
    ("chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes128-ctr"),
    ("aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"),
)
_MACS: Final = (
    ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"),
    ("hmac-sha1", "hmac-md5"),
)


def options(host: Host) -> dict[str, Any]:
    """Say everything that asyncssh would else take from the user's files or environment.

    Empty lists of known hosts leave the verdict on a key to ``Guard``; None would mean that none is checked.
    """
    keys, exchanges, ciphers, macs = (
        modern + old if host.legacy else modern for modern, old in (_KEYS, _EXCHANGES, _CIPHERS, _MACS)
    )
    return {
        "config": None,
        "known_hosts": ((), (), ()),
        "x509_trusted_certs": None,
        "client_keys": None,
        "client_host_keysign": False,
        "client_host_keys": None,
        "agent_path": None,
        "pkcs11_provider": None,
        "proxy_command": None,
        "preferred_auth": ("password",),
        "server_host_key_algs": keys,
        "kex_algs": exchanges,
        "encryption_algs": ciphers,
        "mac_algs": macs,
        "compression_algs": None,
        "keepalive_interval": 30,
        "keepalive_count_max": 3,
        "login_timeout": None,
    }


class Guard(asyncssh.SSHClient):
    """Judges the host key before anything is said about who logs in; ``ended`` is called when the connection is."""

    def __init__(self, host: Host, ended: Callable[[], None]) -> None:
        self.seen = ""
        self._host = host
        self._ended = ended

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended()

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self.seen = key.get_fingerprint("sha256")
        if self._host.fingerprint is None:
            return bool(self._host.consent)
        return hmac.compare_digest(_bare(self.seen), _bare(self._host.fingerprint))

    def refusal(self) -> SshFailed:
        """Tell why the key was not taken."""
        device = str(self._host)
        if not self.seen:
            return SshFailed(f"{device} shows no host key that can be judged.", device=device)
        if self._host.fingerprint is None:
            text = f"No host key is stored for {device}; it shows {self.seen}."
            return HostKeyMismatch(text, seen=self.seen, device=device, next_step=_FIRST)
        text = f"{device} shows the host key {self.seen}, which is not the accepted one."
        return HostKeyMismatch(text, seen=self.seen, device=device)


def _bare(fingerprint: str) -> bytes:
    return fingerprint.strip().removeprefix("SHA256:").rstrip("=").encode()


@contextmanager
def mapped(
    host: Host, what: str, guard: Guard | None = None, abort: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Turn what asyncssh raises into our tree; ``abort`` is called where something would be left under way."""
    device = str(host)
    try:
        yield
    except TimeoutError:
        abort()
        raise TimedOut(f"{device} did not go on with {what} in time.", device=device, menu=what) from None
    except asyncio.CancelledError:
        abort()
        raise
    except asyncssh.HostKeyNotVerifiable as error:
        raise (guard.refusal() if guard else SshFailed(f"{device}: {error.reason}.", device=device)) from None
    except asyncssh.PermissionDenied:
        raise LoginFailed(f"{device} refused the login.", device=device, next_step=_ENTER) from None
    except asyncssh.SFTPError as error:
        raise _sftp(error, device, what) from error
    except asyncssh.KeyExchangeFailed as error:
        raise SshFailed(f"No SSH connection with {device}: {error.reason}.", device=device, menu=what) from error
    except asyncssh.ChannelOpenError as error:
        text = f"{device} does not begin with {what}: {error.reason}."
        raise SshFailed(text, device=device, menu=what, next_step=_CHANNEL) from error
    except asyncssh.ProtocolError as error:
        text = f"What {device} sent is no SSH: {error.reason}."
        raise ProtocolError(text, device=device, menu=what, next_step=SshFailed.advice) from error
    except (asyncssh.Error, OSError) as error:
        reason = getattr(error, "reason", None) or str(error) or "it hung up"
        text = f"{device} ended the connection at {what}: {reason}."
        raise Unreachable(text, device=device, menu=what, next_step=REACH) from error


def _sftp(error: asyncssh.SFTPError, device: str, what: str) -> Unreachable | FileRefused:
    if isinstance(error, (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection)):
        return Unreachable(f"{device} ended the connection at {what}.", device=device, menu=what, next_step=REACH)
    return FileRefused(f"{device} refused {what}: {error.reason}.", device=device, menu=what)
