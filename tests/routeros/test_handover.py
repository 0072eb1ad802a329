"""A socket that was handed over closes nobody else's descriptor, whatever became of its own."""

from __future__ import annotations

import os
import socket

from routeros.handover import handed


def test_a_descriptor_that_the_loop_closed_and_another_got_is_left_alone() -> None:
    connection, far = socket.socketpair()
    with far, handed(connection):
        number = connection.fileno()
        os.close(number)
        other, its_end = socket.socketpair()
        assert number in (other.fileno(), its_end.fileno())
    connection.close()
    with other, its_end:
        other.sendall(b"alive")
        assert its_end.recv(5) == b"alive"


def test_a_descriptor_that_nobody_got_is_not_closed_again() -> None:
    connection, far = socket.socketpair()
    with far, handed(connection):
        os.close(connection.fileno())
    assert connection.fileno() == -1
    connection.close()


def test_a_socket_that_is_still_its_own_is_closed_as_ever() -> None:
    connection, far = socket.socketpair()
    with far, handed(connection):
        pass
    assert connection.fileno() >= 0
    connection.close()
    assert connection.fileno() == -1


def test_a_socket_that_the_loop_closed_itself_stays_closed() -> None:
    connection, far = socket.socketpair()
    with far, handed(connection):
        connection.close()
    assert connection.fileno() == -1
