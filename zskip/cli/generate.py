"""``zskip generate``: the Verilog of an array, and what belongs to it."""

from dataclasses import asdict
from pathlib import Path

import click
from rich.markup import escape

from zskip.cli.options import chosen_config, configuration_options
from zskip.cli.output import emit_json, emit_text, progress
from zskip.flow.generate import Generated, generate
from zskip.flow.given import engine_for


@click.command()
@click.argument("network", required=False, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Folder to write; it must be new or empty.",
)
@click.option(
    "--inputs",
    "-i",
    type=click.Path(path_type=Path),
    help="Inputs of the golden vectors, .npy or .npz; a few random ones without it.",
)
@click.option("--count", type=click.IntRange(1), help="Use only the first COUNT inputs.")
@configuration_options
@click.option("--force", is_flag=True, help="Write into a folder that holds files.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of text.")
def command(
    network: Path | None,
    output: Path,
    inputs: Path | None,
    count: int | None,
    engine_name: str | None,
    config_name: str | None,
    pes: int | None,
    settings: tuple[str, ...],
    force: bool,
    as_json: bool,
) -> None:
    """Write the Verilog of an array, a README and a C header of its interface.

    With the compressed network file NETWORK the array is the one that it was compressed for, and
    its memory images are written too. Otherwise the options choose the array.
    """
    config = chosen_config(engine_for(engine_name, network), config_name, pes, settings)
    with progress("generating"):
        result = generate(
            output,
            network=network,
            engine=engine_name,
            config=config,
            inputs=inputs,
            count=count,
            force=force,
        )
    if as_json:
        emit_json(_record(result))
    else:
        emit_text(*_summary(result))


def _record(result: Generated) -> dict[str, object]:
    """Return what ``--json`` says."""
    return {
        "folder": result.folder,
        "top": result.top,
        "configuration": asdict(result.config),
        "files": result.files,
        "load_words": result.load_words,
    }


def _summary(result: Generated) -> list[str]:
    """Return what human readers see; memory images are summed up."""
    images = {name: size for name, size in result.files.items() if name.startswith("images/")}
    lines = [f"{escape(str(result.folder))}: array of {result.config.size}"]
    lines += [
        f"  {name}  {size:,} bytes" for name, size in result.files.items() if name not in images
    ]
    if images:
        lines.append(f"  images/  {len(images)} files, {sum(images.values()):,} bytes")
    return lines
