"""Who enters a router over SSH: one connection's logins, with a password or with a key of the user's."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field

import asyncssh

from routeros.simulator.doors.login import MOST_REFUSALS, is_shut, note, same
from routeros.simulator.doors.ssh import users
from routeros.simulator.doors.ssh.settings import takes_password
from routeros.simulator.ledger import Ledger
from routeros.simulator.parts import accounts
from routeros.simulator.router import Active, Router

SERVICE = "ssh"


@dataclass(eq=False)
class Entrance(asyncssh.SSHServer):
    """One connection, from the moment it is accepted; ``options`` is what its login name said after ``+``.

    ``peer`` is told by whoever accepted it: a client that is gone already has no address any more.
    """

    router: Router
    ledger: Ledger
    socket: socket.socket
    peer: str
    options: str = ""
    service: str = field(default=SERVICE, init=False)
    active: Active | None = field(default=None, init=False)
    _connection: asyncssh.SSHServerConnection | None = field(default=None, init=False)
    _name: str = field(default="", init=False)
    _refusals: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._host = self.peer.rpartition(":")[0]
        self.router.guests.add(self)
        self.ledger.sessions += 1

    def leave(self) -> None:
        """Let go of the router; a second time does nothing."""
        if self in self.router.guests:
            self.router.guests.discard(self)
            self.ledger.sessions -= 1
        if self.active:
            self.router.leave(self.active)

    def cut(self) -> None:
        """End it at once, without a farewell; one that the library is just taking over ends when it has it."""
        if self._connection:
            self._connection.abort()
        else:
            self.leave()

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        if self not in self.router.guests:
            conn.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.leave()

    def begin_auth(self, username: str) -> bool:
        self._name, _, self.options = username.partition("+")
        return True

    def password_auth_supported(self) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        known = accounts.password(self.router, self._name, SERVICE, self._host)
        keyed = bool(users.of(self.router, self._name))
        return self._judge(same(known, password) and takes_password(self.router, keyed))

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Look for a key among the user's. One that is unknown is no failure: clients offer all that they have."""
        if accounts.password(self.router, self._name, SERVICE, self._host) is None or is_shut(self.router):
            return False
        return any(key.public_data == known.data for known in users.of(self.router, self._name))

    def auth_completed(self) -> None:
        self.ledger.logins += 1
        self.active = self.router.enter(self._name, self.peer, SERVICE)

    def _judge(self, right: bool) -> bool:
        """Count a refusal; one too many ends the connection."""
        if right and not is_shut(self.router):
            return True
        self.ledger.missed(self.router.model.index)
        note(self.router, self._name, self._host, SERVICE)
        self._refusals += 1
        if self._refusals > MOST_REFUSALS:
            raise asyncssh.PermissionDenied("too many authentication failures")
        return False
