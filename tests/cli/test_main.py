"""The command line as a whole; oracle: the exit statuses and the one-line rule of `zskip.cli`."""

import errno
import importlib.metadata
import os
import re
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType

import click
import pytest

import zskip
from zskip import cli
from zskip.model.common.errors import InputError, RunFailure

Register = Callable[[BaseException], None]


@pytest.fixture
def failing_verb(monkeypatch: pytest.MonkeyPatch) -> Register:
    """Register a verb ``fail`` that raises what it is told to raise."""

    def register(error: BaseException) -> None:
        @click.command()
        def command() -> None:
            raise error

        module = ModuleType("zskip.cli.fail")
        module.__dict__["command"] = command
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(cli.VERBS, "fail", "Fail.")

    return register


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (InputError("rows must be 4, not 3: add one"), 2, "rows must be 4, not 3: add one"),
        (RunFailure("outputs must agree, but 1 differs"), 1, "outputs must agree, but 1 differs"),
        (RunFailure("first\n  second\r\nthird\n"), 1, "first second third"),
        (FileNotFoundError(errno.ENOENT, "No such file", "a.npz"), 2, "a.npz: No such file"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "No space left on device"),
        (MemoryError("Unable to allocate 9 GiB"), 1, "not enough memory: Unable to allocate 9 GiB"),
        (click.FileError("a.npz", "is a folder"), 2, "Could not open file 'a.npz': is a folder"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_every_failure_is_one_line(
    failing_verb: Register,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    line: str,
) -> None:
    failing_verb(error)
    assert cli.main(["fail"]) == status
    captured = capsys.readouterr()
    assert captured.err.strip() == f"zskip: error: {line}"
    assert captured.out == ""


@pytest.mark.parametrize("defect", [ZeroDivisionError("a defect"), ValueError("a defect")])
def test_a_defect_keeps_its_traceback(failing_verb: Register, defect: Exception) -> None:
    failing_verb(defect)
    with pytest.raises(type(defect), match="a defect"):
        cli.main(["fail"])


def test_the_end_of_a_file_is_no_interrupt(failing_verb: Register) -> None:
    failing_verb(EOFError())
    with pytest.raises(click.Abort):
        cli.main(["fail"])


@pytest.mark.parametrize(
    ("words", "named", "verb"),
    [
        (["nothing"], "nothing", "zskip"),
        (["--nothing"], "--nothing", "zskip"),
        (["doctor", "--jsom"], "--json", "zskip doctor"),
        (["doctor", "now"], "now", "zskip doctor"),
    ],
)
def test_wrong_usage_is_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str], named: str, verb: str
) -> None:
    assert cli.main(words) == 2
    captured = capsys.readouterr()
    pattern = rf"zskip: error: .*{named}.* \(`{verb} --help` tells more\)\n"
    assert re.fullmatch(pattern, captured.err)
    assert captured.out == ""


@pytest.mark.parametrize(
    ("word", "verb"),
    [("simulat", "simulate"), ("sim", "simulate"), ("compres", "compress"), ("VERIFY", "verify")],
)
def test_a_near_miss_suggests_the_verb(
    capsys: pytest.CaptureFixture[str], word: str, verb: str
) -> None:
    assert cli.main([word]) == 2
    error = capsys.readouterr().err
    assert f"No such command '{word}': did you mean {verb}?" in error
    assert error.count("\n") == 1


def test_what_is_near_no_verb_suggests_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["xyzzy"]) == 2
    assert "did you mean" not in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert cli.main(words) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    for verb, summary in cli.VERBS.items():
        assert any(
            line.split() == [verb, *summary.split()] for line in captured.out.splitlines()
        ), verb


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from zskip.cli import main; main(['--help']);"
        "print(sorted({'numpy', 'amaranth', 'cocotb', 'rich'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert run.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("verb", cli.VERBS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_verb_has_help(capsys: pytest.CaptureFixture[str], verb: str, flag: str) -> None:
    assert cli.main([verb, flag]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: zskip {verb} ")


@pytest.mark.parametrize("verb", ["compress", "simulate", "verify", "bench", "sensitivity"])
def test_inputs_have_a_short_name(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    assert cli.main([verb, "-h"]) == 0
    assert "-i, --inputs" in capsys.readouterr().out


def test_version_is_that_of_the_installed_package() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "zskip", "--version"], capture_output=True, check=True, text=True
    )
    assert run.stdout == f"zskip {importlib.metadata.version('zskip')}\n"
    assert zskip.__version__ == importlib.metadata.version("zskip")


def test_module_passes_the_exit_status_on() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "zskip", "nothing"], capture_output=True, check=False, text=True
    )
    assert run.returncode == 2
    assert run.stderr.startswith("zskip: error: ")
    assert run.stderr.count("\n") == 1


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    run = subprocess.run(
        [sys.executable, "-m", "zskip", "doctor", "--json"],
        check=False,
        stdout=write_end,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(write_end)
    assert run.returncode == 1
    assert run.stderr == ""
