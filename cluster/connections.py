"""HTTP/1.1 connections that do not wait for ever for a request's headers, and refuse with a problem."""

from __future__ import annotations

import asyncio
from typing import Any, cast
from uuid import uuid4

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api import problems, telemetry

PATIENCE = 10.0
"""Seconds for the headers of a request, from its first byte or the beginning of the connection on."""
LINGER = 15.0
"""Seconds for which a client that was refused may go on sending what nobody reads."""


class _Lingering:
    """A transport that is closed in steps: who is still sending reads the answer before the connection ends.

    Bytes that come to a closed socket are answered with a reset, which takes from the client what it has not read.
    So the server ends its own half, and hears the other for a while. RFC 9112, section 9.6.
    """

    def __init__(self, transport: asyncio.Transport, protocol: Patient) -> None:
        self._transport = transport
        self._protocol = protocol
        self._end: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    @property
    def lingers(self) -> bool:
        return self._end is not None

    def is_closing(self) -> bool:
        return self.lingers or self._transport.is_closing()

    def close(self) -> None:
        """End the connection, after a while if something still comes."""
        if self.is_closing():
            return
        if not self._protocol.hears():
            self._transport.close()
            return
        self._end = self._protocol.loop.call_later(self._protocol.linger, self._transport.close)
        self._protocol.flow.resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def finish(self) -> None:
        """End the connection now."""
        if self._end is not None:
            self._end.cancel()
        self._transport.close()


class Patient(H11Protocol):
    """uvicorn's protocol, which itself only bounds how long a connection is idle between two requests."""

    patience = PATIENCE
    linger = LINGER

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._closing = _Lingering(transport, self)
        self.transport = cast(asyncio.Transport, self._closing)
        self._watch()

    def data_received(self, data: bytes) -> None:
        if not self._closing.lingers:
            super().data_received(data)
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        self._closing.finish()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """End at once what only lingers."""
        if self._closing.lingers:
            self._closing.finish()
        else:
            super().shutdown()

    def hears(self) -> bool:
        """Tell whether the client has begun something that it has not said whole."""
        begun = self.conn.their_state is not h11.IDLE or bool(self.conn.trailing_data[0])
        return begun and self.conn.their_state not in (h11.DONE, h11.MUST_CLOSE, h11.CLOSED)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Leave the connection to the protocol of WebSockets."""
        self._rest()
        super().handle_websocket_upgrade(event)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse("bad_request")

    def _watch(self) -> None:
        """Let the time run while headers are expected; it does not begin anew with each byte."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._rest()
        elif self._deadline is None and not self.transport.is_closing() and self.transport.get_protocol() is self:
            self._deadline = self.loop.call_later(self.patience, self._refuse, "request_timeout")

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, code: str) -> None:
        """Say why, as far as the connection still can, and end it."""
        self._rest()
        if self.transport.is_closing():
            return
        request_id = uuid4().hex
        problem = problems.known(code, request_id)
        body = problem.model_dump_json().encode()
        headers = [
            ("content-type", problems.MEDIA),
            ("content-length", str(len(body))),
            ("connection", "close"),
            (telemetry.HEADER, request_id),
        ]
        events = (h11.Response(status_code=problem.status, headers=headers), h11.Data(data=body), h11.EndOfMessage())
        try:
            for event in events:
                self.transport.write(self.conn.send(event))
        except h11.LocalProtocolError:
            pass
        self.transport.close()
