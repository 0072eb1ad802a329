"""As whom PostgreSQL runs, which refuses to run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.servers.process import PLAIN
from fleet.errors import StartRefused

_NAMESPACE = ("unshare", "--user", "--map-user=1", "--map-group=1", "--")
_STAND_INS = ("postgres", "daemon", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A command prefix or a user id under which a server that refuses root will run."""

    prefix: tuple[str, ...] = ()
    user: int | None = None

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end as this account; raises OSError where that is not allowed."""
        return subprocess.run(
            [*self.prefix, *command],
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
            env=dict(PLAIN),
            cwd="/",
            capture_output=True,
        )

    def own(self, directory: Path, top: Path) -> None:
        """Give what lies in a directory below ``top`` to the account, with the way to it and nothing else.

        An earlier start may have chosen another account, so everything changes hands where the directory does.
        """
        wanted = os.geteuid() if self.user is None else self.user
        if directory.stat().st_uid != wanted:
            for path in (directory, *directory.rglob("*")):
                os.chown(path, wanted, wanted, follow_symlinks=False)
        if self.user is not None:
            for step in directory.relative_to(top).parents:
                (top / step).chmod(0o711)


def choose(binary: Path, top: Path) -> Account:
    """Choose as whom to run ``binary`` over files below ``top``; raises StartRefused where nobody can.

    An ordinary user runs it as himself. Root runs it in a user namespace in which he has another number; where those
    are forbidden, as an account of the system that may reach the binary and the directory.
    """
    if os.geteuid() != 0:
        return Account()
    inside = Account(prefix=_NAMESPACE)
    if _works(inside, binary) and _reaches(inside, top):
        return inside
    for name in _STAND_INS:
        account = _stand_in(name)
        if account and _works(account, binary) and _reaches(account, top):
            return account
    raise StartRefused(
        "PostgreSQL refuses to run as root, and this machine allows root neither user namespaces nor another account "
        f"that reaches {binary} and {top}.",
        "Start Flotilla as an ordinary user, name a directory that others may enter with --state DIR, or a server of "
        "your own by FLOTILLA_POSTGRES_URL.",
    )


def namespaces() -> bool:
    """Tell whether user namespaces are allowed here."""
    return _works(Account(prefix=_NAMESPACE), Path("/bin/true"))


def _stand_in(name: str) -> Account | None:
    try:
        return Account(user=pwd.getpwnam(name).pw_uid)
    except KeyError:
        return None


def _works(account: Account, binary: Path) -> bool:
    try:
        return account.run([str(binary), "--version"]).returncode == 0
    except OSError:
        return False


def _reaches(account: Account, top: Path) -> bool:
    """Tell whether the way down to the state directory is open to the account."""
    return account.run(["test", "-x", str(top.parent)]).returncode == 0
