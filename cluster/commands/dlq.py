"""``flotilla dlq``: look at the events that could not be handled, and replay them."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from bus import connection, deadletters
from bus.connection import Bus
from bus.deadletters import DeadLetter
from cluster import running, terminal
from fleet.errors import BadInput, FleetError, StartRefused
from fleet.settings import Settings

command = typer.Typer(name="dlq", help="Look at dead letters and replay them.", no_args_is_help=True)

PATIENCE = timedelta(seconds=5)
STATUSES = "Exit statuses: 0 done · 2 refused, nothing was changed."
REPLAY = (
    "Example: [bold]flotilla dlq replay 17 18[/] · [bold]flotilla dlq replay --all[/]\n\n"
    "Exit statuses: 0 all were replayed · 1 some were not, and stay · 2 refused, nothing was changed."
)

SequenceArgument = Annotated[int, typer.Argument(min=1, help="Which: its sequence, as `flotilla dlq list` says.")]


@command.command("list", epilog=f"Example: [bold]flotilla dlq list --limit 20 --json[/]\n\n{STATUSES}")
def show_page(
    after: Annotated[int, typer.Option(min=0, help="Begin behind this sequence.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """List dead letters, the oldest first: what died, when, at which durable, after how many deliveries, and why."""
    found = asyncio.run(_page(_asked(state), after, limit + 1))
    page, more = found[:limit], len(found) > limit
    if as_json:
        terminal.answer({"letters": [_line(letter) for letter in page], "after": page[-1].sequence if more else None})
        return
    rows = [
        (str(x.sequence), f"{x.at:%Y-%m-%d %H:%M:%S}", x.durable, x.subject, str(x.deliveries), x.reason)
        for x in page
    ]
    terminal.table("", ("sequence", "when (UTC)", "durable", "subject", "deliveries", "reason"), rows)
    if more:
        terminal.say(f"there are more: flotilla dlq list --after {page[-1].sequence}")


@command.command("show", epilog=f"Example: [bold]flotilla dlq show 17[/]\n\n{STATUSES}")
def show_one(
    sequence: SequenceArgument, state: terminal.StateOption = None, as_json: terminal.JsonOption = False
) -> None:
    """Show one dead letter with its event; what cannot be decoded is shown in base64."""
    letter = asyncio.run(_one(_asked(state), sequence))
    told = _line(letter) | _body(letter)
    if as_json:
        terminal.answer(told)
        return
    body = told.pop("event" if "event" in told else "data")
    terminal.table("", ("", ""), [(name, str(value)) for name, value in told.items() if value is not None])
    typer.echo(json.dumps(body, indent=1, default=str))


@command.command("replay", epilog=REPLAY)
def replay(
    sequences: Annotated[list[int] | None, typer.Argument(help="Which: their sequences.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that there are now.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Put dead letters back into the stream they came from, where all its consumers get them again.

    Do this when what the reason says is mended. A replayed letter is removed; one that could not be replayed stays.
    """
    if bool(sequences) == every:
        raise BadInput("Name the letters to replay, or all of them.", "`flotilla dlq replay 17 18`, or `--all`.")
    done = asyncio.run(_replayed(_asked(state), None if every else sequences or ()))
    failed = {sequence: found for sequence, found in done.items() if isinstance(found, FleetError)}
    if as_json:
        replayed = {str(sequence): found for sequence, found in done.items() if sequence not in failed}
        terminal.answer({"replayed": replayed, "failed": {str(n): str(error) for n, error in failed.items()}})
    else:
        typer.echo(f"{len(done) - len(failed)} replayed, {len(failed)} not.")
        for sequence, error in failed.items():
            terminal.say(f"{sequence}: {error}")
    raise typer.Exit(1 if failed else 0)


def _asked(state: Path | None) -> Settings:
    asked = running.load(state)
    if not asked.nats_url:
        raise StartRefused(f"Nothing runs from {asked.state}.", "Start it with `flotilla up`, or name it by --state.")
    return asked


@asynccontextmanager
async def _connected(asked: Settings) -> AsyncIterator[Bus]:
    bus = await connection.connect(asked.nats_url, name="flotilla dlq", token=asked.nats_token, patience=PATIENCE)
    async with bus:
        yield bus


async def _page(asked: Settings, after: int, most: int) -> list[DeadLetter]:
    found = list[DeadLetter]()
    async with _connected(asked) as bus, aclosing(deadletters.read(bus, after)) as letters:
        async for letter in letters:
            found.append(letter)
            if len(found) >= most:
                break
    return found


async def _one(asked: Settings, sequence: int) -> DeadLetter:
    async with _connected(asked) as bus:
        return await deadletters.find(bus, sequence)


async def _replayed(asked: Settings, sequences: Sequence[int] | None) -> dict[int, int | FleetError]:
    """Replay letters, all that there are for None; tells the new sequence of each, or why it stays.

    Raises NotFound before anything is done where one of them is not there.
    """
    done = dict[int, int | FleetError]()
    async with _connected(asked) as bus:
        if sequences is None:
            letters = deadletters.read(bus)
        else:
            letters = _each([await deadletters.find(bus, sequence) for sequence in dict.fromkeys(sequences)])
        async with aclosing(letters):
            async for letter in letters:
                try:
                    done[letter.sequence] = await deadletters.replay(bus, letter)
                except FleetError as error:
                    done[letter.sequence] = error
    return done


async def _each(letters: Sequence[DeadLetter]) -> AsyncGenerator[DeadLetter, None]:
    for letter in letters:
        yield letter


def _line(letter: DeadLetter) -> dict[str, Any]:
    return {
        "sequence": letter.sequence,
        "at": letter.at.isoformat(),
        "durable": letter.durable,
        "subject": letter.subject,
        "reason": letter.reason,
        "deliveries": letter.deliveries,
        "stream": letter.stream,
        "origin": letter.origin,
    }


def _body(letter: DeadLetter) -> dict[str, Any]:
    event = deadletters.document(letter.data)
    return {"data": base64.b64encode(letter.data).decode()} if event is None else {"event": event}
