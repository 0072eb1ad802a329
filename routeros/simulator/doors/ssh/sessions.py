"""What becomes of a session: one command that is run, or a terminal that stays open."""

from __future__ import annotations

import asyncio

import asyncssh

from routeros.simulator import console
from routeros.simulator.console import Printed
from routeros.simulator.doors.ssh.entrance import Entrance
from routeros.simulator.doors.ssh.look import look
from routeros.simulator.doors.ssh.terminal import Terminal, crlf
from routeros.simulator.faults import Kind
from routeros.simulator.outcome import Refused
from routeros.simulator.parts.runs import Run
from routeros.simulator.parts.trouble import is_deaf
from routeros.simulator.router import Active, Router

_LATE = (Kind.SLOW, Kind.DELAY)


async def attend(entrance: Entrance, process: asyncssh.SSHServerProcess[str]) -> None:
    """Serve one channel of a connection until it ends."""
    who = entrance.active
    if who is None or process.subsystem is not None:
        process.exit(1)
    elif process.command is not None:
        await _run(entrance, who, process, process.command)
    else:
        await _converse(entrance, who, process)


async def _run(entrance: Entrance, who: Active, process: asyncssh.SSHServerProcess[str], command: str) -> None:
    """Run one command; the exit status is 1 where it failed."""
    faults = entrance.router.faults
    await asyncio.sleep(sum(faults[kind].number("seconds") for kind in _LATE if kind in faults))
    if is_deaf(entrance.router):
        return
    entrance.ledger.commands += 1
    printed = await _printed(entrance.router, who, process, command)
    if printed is not None:
        process.stdout.write(crlf(printed.text))
        process.exit(1 if printed.failed else 0)


async def _printed(
    router: Router, who: Active, process: asyncssh.SSHServerProcess[str], command: str
) -> Printed | None:
    """Run a command to its end; where the client leaves before, it is called off."""
    printed: list[Printed] = []
    over = asyncio.Event()

    def done(came: Printed | Refused) -> None:
        printed.extend([came] if isinstance(came, Printed) else [])
        over.set()

    run = Run(router, console.play(router, who, command), done)
    if not over.is_set():
        waits = [asyncio.create_task(over.wait()), asyncio.create_task(_gone(process))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
            run.stop()
    return printed[0] if printed else None


async def _gone(process: asyncssh.SSHServerProcess[str]) -> bool:
    """Wait until the client has left."""
    await process.wait_closed()
    return True


async def _converse(entrance: Entrance, who: Active, process: asyncssh.SSHServerProcess[str]) -> None:
    """Let someone type until he leaves or is gone."""
    seen = look(entrance.options, process.term_type, process.term_size[0])
    terminal = Terminal(entrance.router, who, seen, process.stdout.write)
    terminal.begin()
    while not terminal.over:
        try:
            typed = await process.stdin.read(4096)
        except asyncssh.TerminalSizeChanged as changed:
            terminal.resize(changed.width)
            continue
        except (asyncssh.BreakReceived, asyncssh.SignalReceived):
            typed = "\x03"
        if not typed:
            break
        if is_deaf(entrance.router):
            continue
        terminal.feed(typed)
        await process.stdout.drain()
    process.exit(0)
