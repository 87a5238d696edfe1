"""``zskip compress``; oracles: the library function, and one line for every bad input."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zskip
from zskip.cli import main
from zskip.files.network import load, to_bytes
from zskip.files.weights import read_weights
from zskip.flow.compress import compress
from zskip.model.eie.config import PAPER, TINY
from zskip.model.eie.figures.storage import storage

DIGITS = Path(zskip.__file__).resolve().parents[1] / "examples" / "digits"
WEIGHTS = str(DIGITS / "network.npz")
INPUTS = str(DIGITS / "calibration.npz")

Arrays = dict[str, Any]
Refused = Callable[..., str]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """The file to write, in a folder of its own."""
    folder = tmp_path / "output"
    folder.mkdir()
    return folder / "net.npz"


@pytest.fixture
def refused(output: Path, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run the verb; it must end in status 2 and one line, which is returned, and write nothing."""

    def run(*words: str, target: Path = output) -> str:
        assert main(["compress", *words, "-o", str(target)]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("zskip: error: ")
        assert captured.err.endswith("\n")
        assert captured.err.count("\n") == 1
        assert list(output.parent.iterdir()) == []
        return captured.err.removeprefix("zskip: error: ").removesuffix("\n")

    return run


def layers() -> Arrays:
    """Arrays of a chain of two layers, 6 -> 5 -> 3."""
    rng = np.random.default_rng(1)
    return {
        "first.weight": rng.standard_normal((5, 6)).astype(np.float32),
        "first.bias": np.zeros(5, np.float32),
        "second.weight": rng.standard_normal((3, 5)).astype(np.float32),
    }


def stored(tmp_path: Path, **changes: Any) -> str:
    """Store the chain with some arrays changed (``_`` stands for ``.``)."""
    arrays = layers() | {name.replace("_", "."): array for name, array in changes.items()}
    path = tmp_path / "weights.npz"
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return str(path)


@pytest.fixture
def inputs(tmp_path: Path) -> str:
    """Inputs of the chain."""
    path = tmp_path / "inputs.npy"
    np.save(path, np.random.default_rng(2).random((10, 6)))
    return str(path)


def test_writes_what_the_library_writes(
    output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compress", WEIGHTS, "-o", str(output), "--inputs", INPUTS]
    words += ["--input-scale", "0.0625", "--config", "tiny", "--pes", "8", "--count", "100"]
    words += ["--set", "acc_bits=40", "--set", "bias_depth=256"]
    words += ["--density", "fc1=0.05", "--density", "fc2=0.02"]
    assert main(words) == 0
    config = TINY.replace(pe_count=8, acc_bits=40, bias_depth=256)
    expected = compress(
        WEIGHTS,
        tmp_path / "expected.npz",
        inputs=INPUTS,
        count=100,
        input_scale=1 / 16,
        density={"fc1": 0.05, "fc2": 0.02},
        config=config,
    )
    assert output.read_bytes() == to_bytes(expected.network)
    assert load(output).config == config
    captured = capsys.readouterr()
    assert captured.err == ""


def test_the_screen(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compress", WEIGHTS, "-o", str(output), "--inputs", INPUTS]
    assert main([*words, "--input-scale", "0.0625", "--config", "tiny"]) == 0
    network, captured = load(output), capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    assert len(lines) < 24
    weights = [layer.weights for layer in read_weights(WEIGHTS)]
    for layer, given, line in zip(network.layers, weights, lines[1:], strict=False):
        cells = line.split()
        assert cells[0] == layer.name
        outputs, inputs = layer.source_shape
        assert " ".join(cells[1:4]) == f"{outputs} x {inputs}"
        assert cells[4] == f"{np.count_nonzero(given) / given.size:.2%}"
        assert cells[5:7] == ["15", "shared"]
        fractions = (
            layer.scale.input_fraction,
            layer.scale.weight_fraction,
            layer.scale.output_fraction,
        )
        assert cells[9] == "/".join(map(str, fractions))
        assert cells[10] == f"{layer.matrix.codes.size:,}"
        assert cells[11] == f"{layer.matrix.padding / layer.matrix.codes.size:.1%}"
    text = "\n".join(lines)
    assert "203,304 bytes as dense float32, " in text
    assert "times smaller" in text
    assert "fits each of 4 PEs: " in text
    assert "biases 70% (90 of 128)" in text
    first, second, _ = (layer.unused_outputs for layer in network.layers)
    source = sum(np.count_nonzero(given) for given in weights)
    lost = source - sum(layer.nonzeros for layer in network.layers)
    assert lost > 0
    assert (
        f"unused: 12 inputs and 18 outputs of fc1, 18 inputs and {second} outputs of fc2, "
        f"{second} inputs of fc3; their {lost:,} weights not on chip"
    ) in lines
    assert (first, network.layers[0].unused_inputs) == (18, 12)
    assert "accuracy on 256 calibration inputs: 100.00% in floating point, " in text
    size = output.stat().st_size
    times = f"{203304 / size:.1f} times smaller"
    assert lines[-1] == f"{output}: {size:,} bytes written, {times}"
    assert "Huffman" not in text


def test_sizes_are_those_of_the_coding_that_was_asked_for(
    output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compress", WEIGHTS, "-o", str(output), "--inputs", INPUTS, "--config", "tiny"]
    for coding, options in (("plain", []), ("huffman", ["--huffman"])):
        assert main([*words, *options]) == 0
        text = capsys.readouterr().out
        total = storage(load(output)).total
        size, said = getattr(total, coding).total, " with Huffman coding" if options else ""
        assert (
            f"packed{said}, without the file's format: {size:,} bytes "
            f"({203304 / size:.1f} times smaller): "
        ) in text


def test_json(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compress", WEIGHTS, "-o", str(output), "--inputs", INPUTS]
    assert main([*words, "--input-scale", "0.0625", "--config", "tiny", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    network = load(output)
    assert report["network"] == str(output)
    assert report["file_bytes"] == output.stat().st_size
    assert report["dense_float32_bytes"] == 203304
    assert report["chip_bytes"] == sum(layer["chip_bytes"] for layer in report["layers"])
    assert report["file_ratio"] == report["dense_float32_bytes"] / report["file_bytes"]
    assert report["chip_ratio"] == report["dense_float32_bytes"] / report["chip_bytes"]
    assert report["configuration"]["pe_count"] == 4
    assert report["fit"]["bias_depth"] == {
        "field": "bias_depth",
        "needed": 90,
        "available": 128,
        "needed_bytes": 90 * 32 // 8,
        "available_bytes": 128 * 32 // 8,
        "share": 90 / 128,
        "holds": "biases",
    }
    assert report["calibration_inputs"] == report["measured_inputs"] == 256
    assert report["calibration_accuracy"]["float_network"] == 1.0
    for layer, entry in zip(network.layers, report["layers"], strict=True):
        assert entry["name"] == layer.name
        assert (entry["outputs"], entry["inputs"]) == layer.source_shape
        assert entry["weights"] == entry["outputs"] * entry["inputs"]
        assert entry["unused_outputs"] == entry["outputs"] - layer.outputs
        assert entry["unused_inputs"] == entry["inputs"] - layer.inputs
        assert entry["entries"] == layer.matrix.codes.size
        assert entry["fidelity"]["snr_db"] > 10


def test_values_that_are_kept_or_dropped(
    tmp_path: Path, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = np.full((5, 6), 0.5, np.float32)
    weights[0, 0] = 1e-9
    path = stored(tmp_path, first_weight=weights, second_weight=np.zeros((3, 5), np.float32))
    np.save(tmp_path / "in.npy", np.ones((2, 6)))
    words = ["compress", path, "-o", str(output), "--inputs", str(tmp_path / "in.npy")]
    assert main([*words, "--config", "tiny"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[5:8] == ["1", "kept", "188.6"]
    assert (
        "layer first: 1 of 30 weights is zero on chip, as half a fixed-point step is 1.53e-05"
        in lines
    )
    assert "layer second: every weight is zero, so that inputs change no output" in lines
    assert main([*words, "--config", "tiny", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["layers"][0]["zeroed_weights"] == 1
    assert report["layers"][1]["weight_snr_db"] is None
    assert [note.partition(":")[0] for note in report["notes"][1:]] == [
        "layer first",
        "layer second",
    ]
    assert report["layers"][0]["exact"] is True


def test_activations(
    tmp_path: Path, inputs: str, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compress", stored(tmp_path), "--inputs", inputs, "-o", str(output), "--pes", "1"]
    assert main(words) == 0
    assert (
        "the weights tell no activations: layers are taken to end so: 'first' in ReLU; 'second' "
        "without activation (give activations if that is not so)\n"
    ) in capsys.readouterr().out
    assert [layer.relu for layer in load(output).layers] == [True, False]
    words += ["--activations", "first=none", "--activations", "second=softmax", "--json"]
    assert main([*words, "--no-bias-correction"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == [
        "Softmax 'second' at the end is taken off: the order of the outputs stays"
    ]
    assert [layer.relu for layer in load(output).layers] == [False, False]


def test_an_activation_that_is_not_supported(tmp_path: Path, inputs: str, refused: Refused) -> None:
    weights = stored(tmp_path)
    assert refused(weights, "--inputs", inputs, "--activations", "tanh,none") == (
        f"{weights}: activation 'tanh' of layer 'first' must be relu or none: train the network "
        "with ReLU in its place"
    )


def test_an_old_file_is_replaced(
    tmp_path: Path, output: Path, inputs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output.write_bytes(b"old")
    assert main(["compress", stored(tmp_path), "-o", str(output), "--inputs", inputs]) == 0
    assert load(output).config == PAPER
    assert list(output.parent.iterdir()) == [output]


@pytest.mark.parametrize("option", ["weights", "inputs"])
def test_missing_file(tmp_path: Path, inputs: str, refused: Refused, option: str) -> None:
    missing = tmp_path / "missing.npz"
    words = {"weights": str(missing), "inputs": inputs}
    if option == "inputs":
        words = {"weights": stored(tmp_path), "inputs": str(missing)}
    line = refused(words["weights"], "--inputs", words["inputs"])
    assert line == f"{missing} must exist, but there is no such file: check the name"


@pytest.mark.parametrize("option", ["weights", "inputs"])
@pytest.mark.parametrize("data", [b"", b"this is text", b"PK\x03\x04 and no more"])
def test_not_a_readable_archive(
    tmp_path: Path, inputs: str, refused: Refused, option: str, data: bytes
) -> None:
    broken = tmp_path / "broken.npz"
    broken.write_bytes(data)
    words = (str(broken), inputs) if option == "weights" else (stored(tmp_path), str(broken))
    assert refused(words[0], "--inputs", words[1]) == (
        f"{broken} must be a readable NumPy file, but is damaged, truncated or of another kind: "
        "write it again"
    )


def test_unknown_kind_of_weights(tmp_path: Path, inputs: str, refused: Refused) -> None:
    path = tmp_path / "net.txt"
    path.touch()
    assert refused(str(path), "--inputs", inputs).startswith("a file of weights must end in .npz")


def test_pickled_objects(tmp_path: Path, inputs: str, refused: Refused) -> None:
    objects = np.array([[object()]])
    path = stored(tmp_path, first_weight=objects)
    reason = (
        "must hold numbers, but holds pickled objects, which could run code: convert it to a plain "
        "array of floats"
    )
    assert refused(path, "--inputs", inputs) == f"array 'first.weight' of {path} {reason}"
    np.savez(tmp_path / "in.npz", inputs=objects)
    line = refused(stored(tmp_path), "--inputs", str(tmp_path / "in.npz"))
    assert line == f"array 'inputs' of {tmp_path / 'in.npz'} {reason}"


def test_sizes_that_do_not_chain(tmp_path: Path, inputs: str, refused: Refused) -> None:
    path = stored(tmp_path, second_weight=np.ones((3, 4), np.float32))
    assert refused(path, "--inputs", inputs) == (
        "layer sizes must chain, but layer 'first' has 5 outputs and layer 'second' takes 4 "
        "inputs: check shapes and order"
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite(
    tmp_path: Path, inputs: str, refused: Refused, value: float
) -> None:
    weights = np.ones((3, 5), np.float32)
    weights[1, 2] = value
    assert refused(stored(tmp_path, second_weight=weights), "--inputs", inputs) == (
        f"layer 'second': weights must be finite, not {value} at position (1, 2): remove NaN and "
        "infinite values"
    )
    bias = np.array([0, 0, value, 0, 0], np.float32)
    assert refused(stored(tmp_path, first_bias=bias), "--inputs", inputs) == (
        f"layer 'first': biases must be finite, not {value} at position 2: remove NaN and "
        "infinite values"
    )


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, bool, complex])
def test_a_dtype_that_is_not_float(
    tmp_path: Path, inputs: str, refused: Refused, dtype: Any
) -> None:
    path = stored(tmp_path, first_weight=np.ones((5, 6), dtype))
    assert refused(path, "--inputs", inputs) == (
        f"array 'first.weight' of {path} must be of floats, not {np.dtype(dtype)}: convert it to "
        "float32"
    )


def test_an_empty_network(tmp_path: Path, inputs: str, refused: Refused) -> None:
    np.savez(tmp_path / "empty.npz")
    assert refused(str(tmp_path / "empty.npz"), "--inputs", inputs) == (
        f"{tmp_path / 'empty.npz'} must hold at least one layer, but holds no array "
        "<layer>.weight: name the arrays as 'fc1.weight' and 'fc1.bias'"
    )
    path = stored(tmp_path, first_weight=np.ones((0, 6)), first_bias=None, second_weight=None)
    assert refused(path, "--inputs", inputs) == (
        "layer 'first': weights must be of shape (outputs, inputs), at least (1, 1), not (0, 6): "
        "give one matrix per layer"
    )


@pytest.mark.parametrize(
    ("settings", "named", "cure"),
    [
        (
            ("pe_count=1", "activation_depth=4"),
            "activations in a half of the activation SRAM",
            "activation_depth=8",
        ),
        (("spmat_depth=1",), "sparse-matrix words", "spmat_depth=3"),
        (("pointer_depth=12",), "column pointers", "pointer_depth=14"),
        (("bias_depth=1",), "biases", "bias_depth=3"),
        (("pass_count=1",), "passes", "pass_count=2"),
    ],
)
def test_more_than_the_configuration_holds(
    tmp_path: Path,
    inputs: str,
    output: Path,
    refused: Refused,
    capsys: pytest.CaptureFixture[str],
    settings: tuple[str, ...],
    named: str,
    cure: str,
) -> None:
    words = [stored(tmp_path), "--inputs", inputs, "--config", "tiny"]
    limited = [word for setting in settings for word in ("--set", setting)]
    line = refused(*words, *limited)
    field = cure.partition("=")[0]
    assert f"hold in each PE: {named} ({field}) " in line
    assert line.endswith(f" --set {cure}")
    others = [word for s in settings if not s.startswith(field) for word in ("--set", s)]
    assert main(["compress", *words, *others, "--set", cure, "-o", str(output)]) == 0
    capsys.readouterr()


@pytest.mark.parametrize("shape", [(4, 5), (4, 7), (4, 2, 2)])
def test_inputs_of_the_wrong_length(
    tmp_path: Path, refused: Refused, shape: tuple[int, ...]
) -> None:
    path = tmp_path / "in.npy"
    np.save(path, np.ones(shape))
    width = int(np.prod(shape[1:]))
    assert refused(stored(tmp_path), "--inputs", str(path)) == (
        f"calibration inputs must have shape (n, 6) with n at least 1, not (4, {width}): give rows "
        "of 6 values, one for each input of the first layer"
    )


def test_no_inputs(tmp_path: Path, refused: Refused) -> None:
    assert refused(stored(tmp_path)) == (
        "calibration inputs must be given, to choose the fixed-point scales by: add --inputs FILE, "
        "an .npy or .npz with some hundred typical inputs"
    )


@pytest.mark.parametrize("pes", ["0", "3", "-4", "512"])
def test_pe_count(tmp_path: Path, inputs: str, refused: Refused, pes: str) -> None:
    assert refused(stored(tmp_path), "--inputs", inputs, "--pes", pes) == (
        f"pe_count must be a power of two from 1 to 256, not {pes}: choose one of 1, 2, 4, 8, 16, "
        "32, 64, 128, 256"
    )


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--config", "huge"], "must be one of paper, tuned, wide, tiny, not 'huge'"),
        (["--pes", "many"], "'many' is not a valid integer"),
        (["--count", "1.5"], "'1.5' is not a valid integer"),
        (["--count", "0"], "the number of inputs must be at least 1, not 0"),
        (["--input-scale", "half"], "'half' is not a valid float"),
        (["--input-scale", "0"], "the input scale must be positive and finite, not 0.0"),
        (["--input-scale", "inf"], "the input scale must be positive and finite, not inf"),
        (["--set", "depth=3"], "a configuration field must be one of pe_count, "),
        (["--set", "acc_bits=3"], "acc_bits must be from 16 to 48, not 3"),
        (["--set", "acc_bits"], "a setting must be FIELD=VALUE, not 'acc_bits'"),
        (["--density", "some"], "a density must be a number or NAME=NUMBER, not 'some'"),
        (["--density", "first="], "a density must be a number or NAME=NUMBER, not 'first='"),
        (["--density", "2"], "layer 'first': density must be above 0 and at most 1, not 2.0"),
        (["--density", "nan"], "layer 'first': density must be above 0 and at most 1, not nan"),
        (["--density", "third=0.5"], "not for 'third': the layers are first, second"),
        (
            ["--density", "0.5", "--density", "0.6"],
            "a density must be given once, not again by '0.6'",
        ),
        (
            ["--density", "0.5", "--density", "first=0.6"],
            "densities must be one number for all layers or NAME=NUMBER for some, not both",
        ),
        (["--colour"], "--colour"),
    ],
)
def test_unknown_option_value(
    tmp_path: Path, inputs: str, refused: Refused, words: list[str], named: str
) -> None:
    assert named in refused(stored(tmp_path), "--inputs", inputs, *words)


def test_no_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compress", WEIGHTS, "--inputs", INPUTS]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert "'-o' / '--output'" in captured.err


def test_output_folder_not_writable(
    read_only_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compress", WEIGHTS, "--inputs", INPUTS, "-o", str(read_only_folder / "net.npz")]
    assert main(words) == 2
    assert capsys.readouterr().err == (
        f"zskip: error: {read_only_folder} must be writable, but is not (no permission): choose "
        "another folder or change it\n"
    )
    assert list(read_only_folder.iterdir()) == []


def test_output_folder_missing_or_no_file(
    tmp_path: Path, inputs: str, output: Path, refused: Refused
) -> None:
    words = (stored(tmp_path), "--inputs", inputs)
    missing = output.parent / "no" / "net.npz"
    assert refused(*words, target=missing) == (
        f"{missing} must be in a folder that exists, but {missing.parent} does not: make it"
    )
    assert refused(*words, target=output.parent) == (
        f"{output.parent} must be a file to write, but is a folder or device: choose another name"
    )


def test_bad_input_is_said_before_the_work(
    tmp_path: Path, output: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the output cannot be written, nothing is even read."""

    def unexpected(*_: object, **__: object) -> None:
        raise AssertionError("the weights are read")

    monkeypatch.setattr("zskip.flow.compress.read_weights", unexpected)
    assert "must be in a folder" in refused(WEIGHTS, target=output.parent / "no" / "net.npz")


def test_as_a_process(output: Path) -> None:
    words = [sys.executable, "-m", "zskip", "compress", WEIGHTS, "-o", str(output)]
    run = subprocess.run([*words, "--pes", "5"], capture_output=True, check=False, text=True)
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.count("\n") == 1
    assert "Traceback" not in run.stderr
    assert not output.exists()
