"""The command line: ``zskip VERB``.

Each verb is a thin shell over a library function, in a module of its own that is imported when the
verb runs, so that help and messages appear at once. Every failure is one line on the standard
error output; the exit status is 2 for bad input, 1 for a failed run, 130 for an interrupt.
"""

import importlib
import os
import re
import sys
from collections.abc import Sequence

import click

from zskip import __version__
from zskip.model.common.errors import InputError, RunFailure

VERBS = {
    "demo": "Take a small trained network through every step below.",
    "compress": "Turn trained weights into a compressed network file.",
    "generate": "Write the Verilog of an accelerator, and what belongs to it.",
    "simulate": "Run a compressed network through the Verilog and check it.",
    "verify": "Compare float network, golden model and Verilog by layer.",
    "bench": "Measure the layers of the EIE paper, or your own, in cycles.",
    "explore": "Measure many configurations, and find the best.",
    "compare": "Set engines beside each other, with as many multipliers each.",
    "synth": "Tell what an array costs on an FPGA: area, clock, bitstream.",
    "fit": "Estimate at once what an array costs, and what it fits.",
    "sensitivity": "Tell how far each layer can be pruned.",
    "doctor": "List the tools that are needed, and how to get them.",
}
"""The verbs, in the order of the help text; ``zskip.cli.<verb>`` defines each as ``command``."""

BAD_INPUT = 2
FAILED_RUN = 1
INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group of verbs that imports the module of a verb when the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the verbs, in the order of `VERBS`."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb `cmd_name` and return its command; None if there is no such verb."""
        if cmd_name not in VERBS:
            return None
        return importlib.import_module(f"zskip.cli.{cmd_name}").command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb that the words begin with; suggest one where there is none."""
        if near := _near(args[0]):
            ctx.fail(f"No such command {args[0]!r}: did you mean {' or '.join(near)}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs into the help text without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


def _near(name: str) -> list[str]:
    """Return the verbs that a word that is none may be meant for."""
    if name in VERBS:
        return []
    # Imported here, as only a wrong word needs it.
    from difflib import get_close_matches

    word = name.lower()
    return [verb for verb in VERBS if verb.startswith(word)] or get_close_matches(word, VERBS)


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    subcommand_metavar="VERB [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="zskip %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Take a trained, pruned network to verified Verilog of a zero-skipping accelerator.

    `zskip VERB --help` tells what a verb takes.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words behind ``zskip``; those of the process if not given.

    Returns
    -------
    int
        Exit status: 0, `FAILED_RUN`, `BAD_INPUT` or `INTERRUPTED`. Unless it is 0, one line on
        the standard error output says why.
    """
    try:
        return _run(arguments)
    except click.Abort as error:
        # click reports the end of a file this way too, which is no interrupt but a defect.
        if isinstance(error.__cause__, EOFError):
            raise
        return _fail("interrupted", INTERRUPTED)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "zskip"
        return _fail(f"{error.format_message()} (`{path} --help` tells more)", BAD_INPUT)
    except click.ClickException as error:
        return _fail(error.format_message(), BAD_INPUT)
    except InputError as error:
        return _fail(str(error), BAD_INPUT)
    except RunFailure as error:
        return _fail(str(error), FAILED_RUN)
    except BrokenPipeError:
        # The reader of the output has gone, as `head` does; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED_RUN
    except OSError as error:
        if error.filename is None:
            return _fail(error.strerror or str(error), FAILED_RUN)
        return _fail(f"{error.filename}: {error.strerror}", BAD_INPUT)
    except MemoryError as error:
        return _fail(f"not enough memory: {error}", FAILED_RUN)


def _run(arguments: Sequence[str] | None) -> int:
    """Run a verb and return its exit status; every failure is an exception."""
    words = None if arguments is None else list(arguments)
    status = cli.main(args=words, prog_name="zskip", standalone_mode=False)
    # Written now, so that a full disk or a closed pipe is reported like any other failure.
    if sys.stdout is not None:
        sys.stdout.flush()
    return status if isinstance(status, int) else 0


def _fail(message: str, status: int) -> int:
    """Write one line on the standard error output and return `status`."""
    line = re.sub(r"\s*[\r\n]+\s*", " ", message.strip())
    click.echo(f"zskip: error: {line}", err=True)
    return status
