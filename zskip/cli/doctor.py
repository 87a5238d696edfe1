"""``zskip doctor``: the tools that are needed, what was found, and how to get the rest."""

import shutil

import click
from rich.markup import escape
from rich.table import Table

from zskip.cli.output import PLAIN_WIDTH, emit_json, emit_text
from zskip.model.common.errors import RunFailure
from zskip.verif.common.tools import Status, Tool, find_tools

WIDE = 150
"""Columns of a terminal from which on the table also shows where a tool was found."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of a table.")
def command(as_json: bool) -> None:
    """List every tool that zskip uses: its version, whether it will do, and how to get it.

    The exit status is 1 if a required tool cannot be used.
    """
    tools = find_tools()
    unusable = [tool.name for tool in tools if tool.required and tool.status is not Status.OK]
    if as_json:
        emit_json({"ok": not unusable, "tools": [_record(tool) for tool in tools]})
    else:
        emit_text(_table(tools))
    if unusable:
        raise RunFailure(
            f"every required tool must be usable, but {', '.join(unusable)} cannot be used: "
            "run the commands listed under 'how to get it'"
        )


def _record(tool: Tool) -> dict[str, object]:
    """Return what ``--json`` says of one tool."""
    return {
        "name": tool.name,
        "status": tool.status,
        "version": tool.found.version or None,
        "minimum": tool.minimum or None,
        "path": tool.found.path or None,
        "required": tool.required,
        "needed_for": tool.purpose,
        "how_to_get_it": tool.remedy,
    }


def _table(tools: list[Tool]) -> Table:
    """Lay the tools out for human readers."""
    wide = shutil.get_terminal_size((PLAIN_WIDTH, 0)).columns >= WIDE
    heads = ["tool", "state", "version", "at least", "needed for", "how to get it"]
    table = Table(*heads, *["found at"] * wide, box=None, pad_edge=False)
    for column in table.columns:
        column.no_wrap = column.header not in ("needed for", "how to get it", "found at")
        column.overflow = "fold"
    for tool in tools:
        row = [
            tool.name,
            f"[{'green' if tool.status is Status.OK else 'red'}]{tool.status}[/]",
            tool.found.version or "-",
            tool.minimum or "any",
            tool.purpose if tool.required else f"{tool.purpose} (optional)",
            tool.remedy,
        ]
        table.add_row(*row, *[escape(tool.found.path) or "-"] * wide)
    return table
