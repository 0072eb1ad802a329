"""The command line: ``flotilla …``; each command is a file in ``cluster/commands``.

Exit statuses: 0 done; 1 it ran and something is wrong; 2 it could not start or was asked wrongly, and nothing was
changed; 130 interrupted.
"""

from __future__ import annotations

import os
import sys

import click
import typer

from cluster import terminal
from fleet import logs, plugins
from fleet.errors import FleetError

HELP = "Flotilla: a fleet manager for MikroTik RouterOS devices."
EPILOG = "Exit statuses: 0 done · 1 it ran and something is wrong · 2 refused, nothing was changed · 130 interrupted."

app = typer.Typer(help=HELP, epilog=EPILOG, no_args_is_help=True, add_completion=False, rich_markup_mode="rich")
for _command in plugins.discover("cluster.commands", typer.Typer):
    app.add_typer(_command)


def main() -> None:
    """Run the command line; every error that is ours is one line on standard error."""
    logs.configure("flotilla", "warning")
    try:
        status = app(standalone_mode=False)
    except FleetError as error:
        terminal.err.print(f"[bold red]flotilla:[/] {error.message}", soft_wrap=True)
        if error.next_step:
            terminal.err.print(f"[dim]→[/] {error.next_step}", soft_wrap=True)
        status = 2
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        status = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status or 0)


if __name__ == "__main__":
    main()
