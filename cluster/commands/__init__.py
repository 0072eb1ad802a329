"""The commands of ``flotilla``, one file each: a module-level ``typer.Typer`` is found by itself."""
