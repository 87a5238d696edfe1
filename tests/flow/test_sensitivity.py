"""Sensitivity; oracles: the network pruned by hand, and the plot as XML."""

import math
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import zskip
from zskip.files.inputs import read_inputs
from zskip.files.weights import read_weights
from zskip.model.common.errors import InputError
from zskip.model.common.metrics import accuracy, signal_to_noise
from zskip.model.common.pruning import prune_to_density
from zskip.model.common.reference import FloatLayer, float_network

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
WEIGHTS = EXAMPLE / "network.npz"
DENSITIES = (0.5, 0.01, 0.03)


def test_accuracy(tmp_path: Path) -> None:
    report = zskip.sensitivity(
        WEIGHTS,
        EXAMPLE / "test.npz",
        densities=DENSITIES,
        count=200,
        input_scale=1 / 16,
        plot=tmp_path / "plot.svg",
    )
    layers, given = read_weights(WEIGHTS), read_inputs(EXAMPLE / "test.npz", count=200)
    assert given.labels is not None
    assert report.densities == (0.01, 0.03, 0.5)
    assert (report.score, report.inputs) == ("accuracy", 200)
    rows = iter(report.rows)
    for index, layer in enumerate(layers):
        for density in report.densities:
            row = next(rows)
            weights = prune_to_density(layer.weights, density)
            changed = FloatLayer(weights=weights, bias=layer.bias, relu=layer.relu)
            network = (*layers[:index], changed, *layers[index + 1 :])
            outputs = float_network(network, given.values / 16)[-1]
            assert (row.layer, row.density) == (layer.name, density)
            assert row.score == accuracy(outputs, given.labels)
    text = (tmp_path / "plot.svg").read_text()
    ElementTree.fromstring(text)
    for name in ("fc1", "fc2", "fc3", "accuracy", "not pruned"):
        assert name in text
    assert "<dc:date>" not in text


def test_without_labels_the_outputs_are_compared(tmp_path: Path) -> None:
    values = read_inputs(EXAMPLE / "test.npz", count=50).values
    np.save(tmp_path / "inputs.npy", values)
    report = zskip.sensitivity(
        WEIGHTS,
        tmp_path / "inputs.npy",
        densities=(0.05, 1.0),
        input_scale=1 / 16,
        plot=tmp_path / "one.svg",
    )
    layers = read_weights(WEIGHTS)
    first = FloatLayer(
        weights=prune_to_density(layers[0].weights, 0.05), bias=layers[0].bias, relu=True
    )
    truth, other = (
        float_network(network, values / 16)[-1] for network in (layers, (first, *layers[1:]))
    )
    assert report.score == "SNR in dB"
    assert report.unpruned == math.inf
    assert report.rows[0].score == signal_to_noise(truth, other)
    assert report.rows[1].score == math.inf
    zskip.sensitivity(
        WEIGHTS,
        tmp_path / "inputs.npy",
        densities=(0.05, 1.0),
        input_scale=1 / 16,
        plot=tmp_path / "two.svg",
    )
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_matplotlib_is_missed_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError) as caught:
        zskip.sensitivity("none.npz", "none.npz", plot=tmp_path / "plot.svg")
    assert str(caught.value) == (
        "plots need the package matplotlib, which is not installed: pip install 'zskip[report]'"
    )


def test_matplotlib_is_not_imported_without_a_plot() -> None:
    code = (
        "import sys, zskip; "
        f"zskip.sensitivity({str(WEIGHTS)!r}, {str(EXAMPLE / 'test.npz')!r}, count=5); "
        "sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
