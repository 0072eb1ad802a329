"""Hands a connected socket over to the event loop, which closes its descriptor from then on."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def handed(connection: socket.socket) -> Iterator[None]:
    """Give a socket to the loop inside; afterwards it never closes a descriptor that is not its own any more.

    Where the other side hangs up between ``connection_made`` and the return of ``create_connection``, uvloop (0.23,
    ``loop.pyx``) has closed the descriptor before it takes the socket object along. The object would close that
    number a second time, and by then it may be another connection's.
    """
    own = os.fstat(connection.fileno()).st_ino
    try:
        yield
    finally:
        if not _holds(connection.fileno(), own):
            connection.detach()


def _holds(descriptor: int, inode: int) -> bool:
    """Tell whether a descriptor is still that of the socket with this inode."""
    try:
        return os.fstat(descriptor).st_ino == inode
    except OSError:
        return False
