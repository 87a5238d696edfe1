"""``zskip doctor``: the tools that are needed, what was found, and how to get the rest."""

import shutil

import click
from rich.markup import escape
from rich.table import Table

from zskip.cli.output import PLAIN_WIDTH, emit_json, emit_text
from zskip.model.common.errors import RunFailure
from zskip.synth import tools as synthesis
from zskip.verif.common.cache import LIMIT, Cache
from zskip.verif.common.tools import Status, Tool, find_tools

WIDE = 150
"""Columns of a terminal from which on the table also shows where a tool was found."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of a table.")
@click.option("--clear-cache", is_flag=True, help="Remove all compiled designs first.")
def command(as_json: bool, clear_cache: bool) -> None:
    """List every tool that zskip uses: its version, whether it will do, and how to get it.

    Below the list is where compiled designs are kept, and how much they take; those that were used
    longest ago make room for new ones. The exit status is 1 if a required tool cannot be used.
    """
    cache = Cache()
    freed = cache.clear() if clear_cache else None
    size = cache.size()
    tools = [*find_tools(), *synthesis.find_tools()]
    unusable = [tool.name for tool in tools if tool.required and tool.status is not Status.OK]
    if as_json:
        kept = {"path": cache.folder, "bytes": size, "limit": LIMIT, "freed": freed}
        tools_found = [_record(tool) for tool in tools]
        emit_json({"ok": not unusable, "tools": tools_found, "cache": kept})
    else:
        line = f"compiled designs: {size / 1e6:.1f} MB of {LIMIT / 1e6:.0f} MB in {cache.folder}"
        line += "" if freed is None else f", after {freed / 1e6:.1f} MB were removed"
        emit_text(_table(tools), "", escape(line))
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
            escape(tool.remedy),
        ]
        table.add_row(*row, *[escape(tool.found.path) or "-"] * wide)
    return table
