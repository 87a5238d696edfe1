"""Completion of the command line, as a shell asks for it in a process of its own."""

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import zskip
from zskip.model.common.benchmark import NAMES
from zskip.model.eie.config import Config

WEIGHTS = str(Path(zskip.__file__).parent / "examples" / "digits" / "network.npz")


def completed(*words: str) -> list[str]:
    """Return what bash is offered for the last word."""
    asked = {"COMP_WORDS": " ".join(("zskip", *words)), "COMP_CWORD": str(len(words))}
    run = subprocess.run(
        [sys.executable, "-m", "zskip"],
        env={**os.environ, **asked, "_ZSKIP_COMPLETE": "bash_complete"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert run.stderr == ""
    return [line.removeprefix("plain,") for line in run.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("si",), ["simulate"]),
        (("compress", WEIGHTS, "--density", ""), ["fc1=", "fc2=", "fc3="]),
        (("compress", WEIGHTS, "--activations", "FC2"), ["fc2="]),
        (("compress", "none.npz", "--quality", ""), []),
        (("compress", "--density", ""), []),
        (("bench", "--weights", WEIGHTS, "--activations", "fc1"), ["fc1="]),
        (("bench", "--layer", "nt"), [name for name in NAMES if name.startswith("NT")]),
        (("bench", "--engine", "e"), ["eie"]),
        (("generate", "--config", "t"), ["tuned", "tiny"]),
        (("generate", "--set", ""), [f"{field.name}=" for field in fields(Config)]),
        (("explore", "--engine", "nm", "--set", "group"), ["groups="]),
        (("bench", "--engine", "none", "--set", "pe_"), ["pe_count="]),
    ],
)
def test_words(words: tuple[str, ...], expected: list[str]) -> None:
    assert completed(*words) == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell(shell: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "zskip"],
        env={**os.environ, "_ZSKIP_COMPLETE": f"{shell}_source"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert "_ZSKIP_COMPLETE" in run.stdout
