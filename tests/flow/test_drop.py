"""The drop of every engine, run from itself alone; oracle: the golden model."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zskip
from zskip.engines import engine
from zskip.flow.compressed import Compressed
from zskip.verif.common.tools import verilator_environment

NETWORKS: dict[str, dict[str, Any]] = {
    "eie": {"config": "tiny"},
    "eie 1 PE": {"config": zskip.config("tiny", pe_count=1)},
    "nm": {"engine": "nm", "config": "tiny"},
    "bitlet int8": {"engine": "bitlet", "config": "tiny", "precision": "int8"},
    "bitlet fp16": {"engine": "bitlet", "config": "tiny", "precision": "fp16"},
    "bitlet fp32": {
        "engine": "bitlet",
        "config": zskip.config("tiny", engine="bitlet", float_bits=32, lanes=24),
        "precision": "fp32",
    },
}
SIZES = (7, 12, 5)
INPUTS = np.random.default_rng(2).normal(size=(3, SIZES[0]))

RunMake = Callable[..., "subprocess.CompletedProcess[str]"]


@cache
def compressed(name: str) -> Compressed:
    """A small network, most of whose weights are zero, in an order that is not the source's."""
    rng = np.random.default_rng(1)
    layers = []
    for inputs, outputs in pairwise(SIZES):
        weights = rng.normal(size=(outputs, inputs)) * (rng.random((outputs, inputs)) < 0.4)
        layers.append((weights, rng.normal(size=outputs)))
    layers[0][0][:, 2] = 0
    return zskip.compress(layers, inputs=INPUTS, **NETWORKS[name])


@pytest.fixture(
    params=[
        pytest.param(name, marks=pytest.mark.slow if name == "bitlet fp32" else ())
        for name in NETWORKS
    ]
)
def name(request: pytest.FixtureRequest) -> str:
    """A network of each engine."""
    return request.param


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Generate the drop of a network once."""

    @cache
    def folder(name: str) -> Path:
        target = tmp_path_factory.mktemp("drops") / "drop"
        return zskip.generate(target, network=compressed(name), inputs=INPUTS).folder

    return folder


@pytest.fixture
def drop(name: str, generated: Callable[[str], Path], tmp_path: Path) -> Path:
    """A copy of its drop."""
    return Path(shutil.copytree(generated(name), tmp_path / "drop"))


@pytest.fixture
def make(drop: Path) -> RunMake:
    """Make in the drop."""
    return partial(run_make, drop)


def run_make(drop: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Make in a drop, without a way to this project."""
    hidden = {"PYTHONPATH", "VIRTUAL_ENV"}
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    return subprocess.run(
        ["make", *arguments],
        capture_output=True,
        check=False,
        cwd=drop,
        env=environment | more,
        text=True,
    )


def passed(run: "subprocess.CompletedProcess[str]", vectors: int) -> None:
    """Check that a bench has passed."""
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"PASS: {vectors} vectors\n" in run.stdout


def test_the_golden_vectors(make: RunMake) -> None:
    for arguments in ([], ["LOAD=images", "STALL=1"], ["LOAD=boot"]):
        passed(make("test", *arguments), len(INPUTS))


@pytest.mark.parametrize(
    ("engine", "changes"),
    [
        ("eie", {"register_depth": 1, "spmat_depth": 2, "pass_count": 20}),
        pytest.param("nm", {"weight_depth": 2}, marks=pytest.mark.slow),
        pytest.param("bitlet", {"weight_depth": 2}, marks=pytest.mark.slow),
    ],
    ids=["eie", "nm", "bitlet"],
)
def test_streamed_weights(engine: str, changes: dict[str, int], tmp_path: Path) -> None:
    """The bench and the C driver send the tiles behind each start."""
    config = zskip.config("tiny", engine=engine, pe_count=1, streamed=1, **changes)
    weights = np.random.default_rng(1).normal(size=(9, 7))
    network = zskip.compress([(weights, np.zeros(9))], inputs=INPUTS, config=config)
    zskip.generate(tmp_path / "drop", network=network, inputs=INPUTS)
    assert (tmp_path / "drop" / "tiles.hex").read_text()
    for goal in ("test", "driver"):
        passed(run_make(tmp_path / "drop", goal, **verilator_environment()), len(INPUTS))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("eie", {}),
        ("nm", {"weight_depth": 2048, "bias_depth": 128}),
        ("bitlet", {"weight_depth": 4096, "bias_depth": 128}),
    ],
)
def test_inputs_back_to_back(name: str, changes: dict[str, int], tmp_path: Path) -> None:
    """The bench and the C driver pass; in a row, runs take their computing and little more."""
    config = zskip.config("tiny", engine=name, double_input=1, **changes)
    rng = np.random.default_rng(1)
    sizes, inputs = (16, 64, 64, 4), rng.normal(size=(8, 16))
    layers = [(rng.normal(size=(o, i)), np.zeros(o)) for i, o in pairwise(sizes)]
    network = zskip.compress(layers, inputs=inputs, config=config)
    drop = zskip.generate(tmp_path / "drop", network=network, inputs=inputs).folder
    for arguments in ([], ["LOAD=images", "STALL=1"]):
        passed(run_make(drop, "test", *arguments), len(inputs))
    run = run_make(drop, "driver", "VERILATOR_FLAGS=-CFLAGS -O0", **verilator_environment())
    passed(run, len(inputs))
    found = re.search(r"8 vectors in a row: (\d+) cycles, computing (\d+)", run.stdout)
    assert found
    assert int(found[1]) <= 1.02 * int(found[2])


def test_own_inputs(name: str, make: RunMake, drop: Path) -> None:
    """Also of numbers that the network cannot hold, and ties of its rounding."""
    network = compressed(name).network
    rng = np.random.default_rng(3)
    scale = 2.0 ** -network.layers[0].scale.input_fraction
    large = 1e6 if network.layers[0].number is None else 1e2
    values = np.concatenate(
        [
            rng.normal(size=(2, SIZES[0])),
            rng.normal(size=(1, SIZES[0])) * large,
            rng.integers(-9, 9, (2, SIZES[0])) * scale / 2,
            rng.normal(size=(1, SIZES[0])) * 1e-7,
        ]
    )
    np.savetxt(drop / "my.txt", values, "%.17g")
    outputs = engine(network.config.ENGINE).run(network, network.quantize_inputs(values)).outputs
    np.savetxt(drop / "my_outputs.txt", network.layers[-1].output_values(outputs), "%.17g")
    run = make("run", "INPUT=my.txt", "EXPECTED=my_outputs.txt")
    passed(run, len(values))
    text = (drop / "my_outputs.txt").read_text().split()
    (drop / "my_outputs.txt").write_text(" ".join([*text[:4], str(float(text[4]) + 0.5)]))
    run = make("run", "INPUT=my.txt", "EXPECTED=my_outputs.txt", "TOLERANCE=0.4")
    assert run.returncode != 0
    assert "output 0.4: expected" in run.stdout
    passed(make("run", "INPUT=my.txt"), len(values))


@pytest.mark.parametrize("name", ["eie"])
def test_what_is_wrong_is_found(make: RunMake, drop: Path) -> None:
    for file, message in {
        "vectors/outputs.hex": "1 words or outputs are wrong",
        "vectors/layers.hex": "1 words or outputs are wrong",
        "vectors/inputs.hex": "words or outputs are wrong",
    }.items():
        good = (drop / file).read_text()
        lines = good.splitlines()
        lines[1] = f"{int(lines[1], 16) ^ 1 << 12:016x}"
        (drop / file).write_text("\n".join([*lines, ""]))
        run = make("test")
        assert run.returncode != 0
        assert message in run.stdout
        (drop / file).write_text(good)
    shutil.rmtree(drop / "images")
    assert make("test", "LOAD=images").returncode != 0


@pytest.mark.parametrize("name", ["eie"])
def test_inputs_that_are_none(make: RunMake, drop: Path) -> None:
    run = make("run")
    assert run.returncode != 0
    assert "add INPUT=FILE" in run.stdout
    for text, message in {
        "1 2 3": "the input file must hold whole vectors of real numbers",
        "1 2 3 4 5 6 x": "the input file must hold whole vectors of real numbers",
        "": "the input file must hold at least one vector",
    }.items():
        (drop / "my.txt").write_text(text)
        run = make("run", "INPUT=my.txt")
        assert run.returncode != 0
        assert message in run.stdout
    run = make("run", "INPUT=none.txt")
    assert run.returncode != 0
    assert "the input file cannot be opened" in run.stdout


@pytest.mark.parametrize("name", ["eie", "nm"])
def test_waveforms_have_the_states(make: RunMake, drop: Path) -> None:
    """In letters, those that a run goes through, and no other."""
    passed(make("test"), len(INPUTS))
    command = ["vvp", "-N", "build/stream.vvp", "+waves=waves.vcd"]
    subprocess.run(command, capture_output=True, check=True, cwd=drop)
    known = set(re.findall(r'"(\w+)"', (drop / "bench/states.vh").read_text()))
    seen = dict[str, set[str]]()
    names = dict[str, str]()
    scope = ""
    for line in (drop / "waves.vcd").read_text().splitlines():
        match line.split():
            case ["$scope", _, name, *_]:
                scope = name
            case ["$var", _, _, code, name, *_] if scope == "states":
                names[code] = name
            case [value, code] if code in names and value.startswith("b") and "x" not in value:
                number = int(value[1:], 2)
                letters = number.to_bytes((number.bit_length() + 7) // 8).decode()
                seen.setdefault(names[code], set()).add(letters)
    assert set().union(*seen.values()) <= known
    (loader,) = (states for name, states in seen.items() if name.endswith("_loader"))
    assert {"Header", "Check", "Words"} <= loader
    assert seen["inner_control"] == {"Open", "Load"}


def test_lint(make: RunMake) -> None:
    """Verilator has no warning, with the waivers of the drop."""
    run = make("lint", **verilator_environment())
    assert run.returncode == 0, run.stderr
    assert "%Warning" not in run.stderr


@pytest.mark.slow
def test_the_c_driver(make: RunMake) -> None:
    """It compiles without a warning, and runs the vectors, a refused packet and an abort."""
    passed(make("driver", "VERILATOR_FLAGS=-CFLAGS -O0", **verilator_environment()), len(INPUTS))


def test_the_c_driver_runs_digits(tmp_path: Path) -> None:
    digits = Path(zskip.__file__).parent / "examples" / "digits"
    network, samples = digits / "network.npz", digits / "calibration.npz"
    compressed = zskip.compress(network, inputs=samples, input_scale=1 / 16, config="tiny")
    test = np.load(digits / "test.npz")["inputs"][:5] / 16
    drop = zskip.generate(tmp_path / "drop", network=compressed, inputs=test).folder
    flags = "VERILATOR_FLAGS=-CFLAGS -O0"
    passed(run_make(drop, "driver", flags, **verilator_environment()), len(test))


@pytest.mark.parametrize("name", ["nm"])
def test_fusesoc(drop: Path) -> None:
    """It takes the core from the drop alone, with the drop's waivers."""
    fusesoc = shutil.which("fusesoc")
    if fusesoc is None:
        pytest.skip("fusesoc is not installed")
    (core,) = drop.glob("*.core")
    command = [fusesoc, "--cores-root", ".", "run", "--target=lint", core.stem]
    environment = os.environ | verilator_environment()
    run = subprocess.run(
        command, capture_output=True, check=False, cwd=drop, env=environment, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    verilog = drop / f"{core.stem.removesuffix('_axi')}.v"
    mistake = "wire [3:0] narrow = s_axis_tdata;\nendmodule\n"
    verilog.write_text(verilog.read_text().rstrip().removesuffix("endmodule") + mistake)
    run = subprocess.run(
        command, capture_output=True, check=False, cwd=drop, env=environment, text=True
    )
    assert run.returncode != 0


@pytest.mark.parametrize("simulator", ["icarus", pytest.param("verilator", marks=pytest.mark.slow)])
def test_litex(simulator: str, make: RunMake) -> None:
    """In a system without a processor, the vectors are run over the bus."""
    pytest.importorskip("litex")
    environment = {**verilator_environment(), "PYTHONPATH": os.pathsep.join(sys.path)}
    flags = 'VERILATOR_FLAGS=-CFLAGS "-O0 -std=c++20 -fcoroutines"'
    arguments = ("litex", f"SIM={simulator}", f"PYTHON={sys.executable}", flags)
    passed(make(*arguments, **environment), len(INPUTS))


@pytest.mark.slow
def test_verilator(make: RunMake) -> None:
    environment = verilator_environment()
    flags = 'VERILATOR_FLAGS=-O0 -CFLAGS "-std=c++20 -fcoroutines"'
    for arguments in (["test"], ["test", "LOAD=images", "STALL=1"], ["test", "LOAD=boot"]):
        passed(make(*arguments, "SIM=verilator", flags, **environment), len(INPUTS))
    arguments = ["run", "INPUT=vectors/inputs.txt", "EXPECTED=vectors/outputs.txt"]
    passed(make(*arguments, "SIM=verilator", flags, **environment), len(INPUTS))
