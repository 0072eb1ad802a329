"""The command line: ``flotilla …``; each command is a file or a folder in ``cluster/commands``.

Exit statuses: 0 done; 1 it ran and something is wrong; 2 it could not start or was asked wrongly, and nothing was
changed; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError, UsageError

from cluster import terminal
from fleet import logs, plugins
from fleet.errors import FleetError

HELP = "Flotilla: a fleet manager for MikroTik RouterOS devices."
EPILOG = "Exit statuses: 0 done · 1 it ran and something is wrong · 2 refused, nothing was changed · 130 interrupted."


def app(word: str = "") -> typer.Typer:
    """Put the command line together; for a word that is a command, of it alone: all imports take seconds."""
    found = typer.Typer(help=HELP, epilog=EPILOG, no_args_is_help=True, add_completion=False, rich_markup_mode="rich")
    for command in plugins.discover("cluster.commands", typer.Typer, word.replace("-", "")):
        found.add_typer(command)
    return found


def main() -> None:
    """Run the command line of this process."""
    logs.configure("flotilla", "warning")
    sys.exit(run(sys.argv[1:]))


def run(words: Sequence[str]) -> int:
    """Run a command and return its exit status; every error that is ours is one line on standard error."""
    try:
        status = app(*words[:1])(list(words), prog_name="flotilla", standalone_mode=False)
    except FleetError as error:
        status = terminal.refuse(error.message, error.next_step)
    except NoArgsIsHelpError as error:
        error.show()
        status = 2
    except ClickException as error:
        status = terminal.refuse(error.format_message(), _help(error))
    except (KeyboardInterrupt, typer.Abort):
        status = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    return int(status or 0)


def _help(error: ClickException) -> str:
    path = error.ctx.command_path if isinstance(error, UsageError) and error.ctx else "flotilla"
    return f"`{path} --help` tells what may be asked."


if __name__ == "__main__":
    main()
