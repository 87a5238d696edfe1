"""Every command and piece of Python in the documentation runs, and prints what is shown there.

A block ``sh`` runs line by line; a block ``python`` goes on where the one before it ended; a block
``verilog`` becomes ``bench.v``; a block ``diff`` is applied to a copy of the tree; a block ``text``
just behind a block ``sh`` is what that prints. A command with the comment "fails" must fail.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
import pytest

from zskip.cli import cli

ROOT = Path(__file__).resolve().parents[2]

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "examples/digits/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
"""Every page that people read."""

NOT_RUN = {
    "scripts/docs": "makes an environment; test_site.py builds the site",
    "scripts/setup": "makes an environment",
    "scripts/test": "it runs this test",
    "git commit": "the copy of the tree has no history",
    ". .venv/bin/activate": "commands run in that environment",
    "python -m pip install": "needs a package index",
    "pyright": "takes a minute; scripts/test runs it",
    "python examples/digits": "needs scikit-learn, and trains for half a minute",
    "zskip compress trained.npz": "needs what the script above it trains; the README runs it",
    "zskip compress pruned.npz": "its weights are not part of the project",
    "zskip compress dense.npz": "its weights are not part of the project",
    "zskip bench --weights lenet.npz": "its weights are not part of the project",
    "zskip bench --config tuned": "64 PEs in the RTL take minutes",
    "zskip bench --config wide": "takes a minute; the tests of the bench measure it",
    "zskip synth": "needs tools that are not installed with the others, and takes minutes",
    "zskip bench  ": "64 PEs in the RTL take minutes",
    "zskip bench --model --config paper": "takes a minute; only the figures of energy are shown",
    "zskip explore --preset": "takes minutes",
    "zskip explore --set": "needs a cluster",
    "zskip explore model.onnx": "needs Dask",
    "dask": "needs Dask",
    "python docs/gates.py": "needs a Yosys that synthesizes",
    "zskip compare --shape 4096x4096": "takes minutes",
    "zskip compare model.onnx": "compiles three arrays; the tests of the verb compare them",
    "zskip compare --shape 1024x1024 --density 0.5": "needs a Yosys that synthesizes",
}
"""How commands begin that no test runs, and why; those of zskip must have options that exist."""

OPTIONAL = ("keras", "torch")
"""Packages that are not installed with the others; pages that need one are skipped without it."""

STANDS_FOR = {"scripts/demo": "zskip demo"}
"""Commands that make an environment first, and what they run in it."""


class Fence(NamedTuple):
    """A fenced block of a page.

    Attributes
    ----------
    language : str
        What stands behind the opening fence.
    text : str
        The block.
    """

    language: str
    text: str


def fences(page: Path) -> Iterator[Fence]:
    """Every fenced block of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for match in re.finditer(r"^```(\S*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL):
        yield Fence(match[1], match[2])


def commands(fence: Fence) -> list[str]:
    """Every command of a block of a shell, in order, with its comment."""
    lines = fence.text.replace("\\\n", " ").splitlines()
    return [line for line in lines if shlex.split(line, comments=True)]


def reason(command: str) -> str | None:
    """Why no test runs a command; None if one does."""
    return next((why for start, why in NOT_RUN.items() if command.startswith(start)), None)


class Reader:
    """Somebody who does what a page says, block by block.

    Parameters
    ----------
    folder : Path
        Where; it holds the examples, and files of the names that the README uses.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, Any] = {}
        self.printed: str | None = None
        programs = folder.parent / "bin"
        programs.mkdir()
        program = programs / "zskip"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m zskip "$@"\n')
        program.chmod(0o755)
        path = (str(programs), str(Path(sys.executable).parent), os.environ["PATH"])
        self.environment = {**os.environ, "PATH": os.pathsep.join(path)}

    def do(self, fence: Fence) -> None:
        """Do what a block says, and compare what it shows."""
        if fence.language == "text" and self.printed is not None:
            assert self.printed.strip() == fence.text.strip()
        self.printed = None
        if fence.language == "sh":
            outputs = [self.run(line) for line in commands(fence)]
            self.printed = "".join(filter(None, outputs)) if any(outputs) else None
        elif fence.language == "python":
            with warnings.catch_warnings():
                # What other packages say of themselves is not about the page.
                warnings.simplefilter("ignore")
                exec(compile(fence.text, "page", "exec"), self.names)
        elif fence.language == "diff":
            subprocess.run(["git", "apply"], input=fence.text, text=True, check=True)
        elif fence.language == "verilog":
            Path("bench.v").write_text(fence.text, encoding="utf-8")

    def run(self, line: str) -> str | None:
        """Run a command and return what it prints; None of one that no test can run."""
        if reason(line) is not None:
            check_options(line)
            return None
        line = STANDS_FOR.get(line.split("#")[0].strip(), line)
        done = subprocess.run(
            ["bash", "-c", line], env=self.environment, capture_output=True, text=True, check=False
        )
        fails = "# fails" in line
        assert (done.returncode != 0) == fails, f"{line}\n{done.stdout}{done.stderr}"
        return "\n".join(text.rstrip() for text in done.stdout.splitlines()) + "\n"


def check_options(line: str) -> None:
    """Let the command line parse a command of zskip without running it."""
    words = shlex.split(line, comments=True)
    if words[0] == "zskip":
        # As below `zskip`: a verb keeps the names of its help option, which the tests of it need.
        parent = click.Context(cli, **cli.context_settings)
        verb = cli.get_command(parent, words[1])
        assert verb is not None, line
        verb.make_context(words[1], words[2:], parent=parent)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """A reader in an empty folder with the examples."""
    folder = tmp_path / "zskip"
    folder.mkdir()
    (folder / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # Small networks train faster in one thread; of the backends of Keras, PyTorch is the one that
    # other tests need, too.
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    return Reader(folder)


def give_model(reader: Reader) -> None:
    """Make what the README takes for granted: model, samples and test inputs of the reader."""
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    digits = Path("examples/digits")
    weights = dict(np.load(digits / "network.npz"))
    samples = np.load(digits / "calibration.npz")["inputs"] / 16
    with np.load(digits / "test.npz") as test:
        inputs, labels = test["inputs"][:20] / 16, test["labels"][:20]
    nodes, last = [], "x"
    for layer in ("fc1", "fc2", "fc3"):
        given = [last, f"{layer}.weight", f"{layer}.bias"]
        nodes.append(helper.make_node("Gemm", given, [layer], name=layer, transB=1))
        last = layer
        if layer != "fc3":
            nodes.append(helper.make_node("Relu", [layer], [f"{layer}.relu"]))
            last = f"{layer}.relu"
    value = helper.make_tensor_value_info
    kind = onnx.TensorProto.FLOAT
    tensors = [onnx.numpy_helper.from_array(array, name) for name, array in weights.items()]
    ends = [value("x", kind, [None, 64])], [value(last, kind, [None, 10])]
    onnx.save(helper.make_model(helper.make_graph(nodes, "digits", *ends, tensors)), "model.onnx")
    np.save("samples.npy", samples)
    np.savez("test.npz", inputs=inputs, labels=labels)
    reader.names |= {"model": weights, "samples": samples, "test_inputs": inputs, "labels": labels}


def copy_tree(reader: Reader) -> None:
    """Let the reader have the tree, to change it."""
    for name in ("README.md", "pyproject.toml", "hw", "model", "tests", "verif", "zskip"):
        source, target = ROOT / name, reader.folder / name
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copy(source, target)
    reader.environment["PYTHONPATH"] = str(reader.folder)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page: Path, reader: Reader) -> None:
    blocks = list(fences(page))
    for name in OPTIONAL:
        if any(re.search(rf"^import {name}$", block.text, re.MULTILINE) for block in blocks):
            pytest.importorskip(name)
    if page == ROOT / "README.md":
        give_model(reader)
    if any(block.language == "diff" for block in blocks):
        copy_tree(reader)
    for block in blocks:
        reader.do(block)


def test_no_reason_is_left_over() -> None:
    """Every entry of `NOT_RUN` and `STANDS_FOR` is of a command that stands somewhere."""
    lines = [
        line
        for page in PAGES
        for block in fences(page)
        if block.language == "sh"
        for line in commands(block)
    ]
    unused = [
        start for start in (*NOT_RUN, *STANDS_FOR) if not any(x.startswith(start) for x in lines)
    ]
    assert unused == []


def test_every_language_of_a_block_is_known() -> None:
    known = {"sh", "python", "verilog", "diff", "text", "{eval-rst}", "{toctree}", "{include}"}
    assert {block.language for page in PAGES for block in fences(page)} <= known
