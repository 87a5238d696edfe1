"""A real pruned network: LeNet-300-100 on MNIST, where the data set is at hand."""

from pathlib import Path

import numpy as np
import pytest

import zskip
from zskip.files.inputs import read_inputs
from zskip.files.network import load
from zskip.files.weights import read_weights
from zskip.model.common import reference
from zskip.model.common.dense import dense_layers
from zskip.model.common.metrics import accuracy
from zskip.model.eie.accelerator import run
from zskip.model.eie.config import PAPER, TUNED
from zskip.verif.common.simulator import Simulator


@pytest.fixture(scope="module")
def lenet(shared_data: Path) -> Path:
    """Folder of the float network and the test images."""
    return shared_data / "lenet-300-100"


@pytest.fixture(scope="module")
def compressed(lenet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The network compressed for 16 PEs, calibrated on 500 images."""
    path = tmp_path_factory.mktemp("lenet") / "lenet.npz"
    zskip.compress(
        lenet / "pruned.npz",
        path,
        inputs=lenet / "mnist-test.npz",
        count=500,
        input_scale=1 / 256,
        config=PAPER.replace(pe_count=16),
    )
    return path


def test_accuracy_of_the_golden_model(lenet: Path, compressed: Path) -> None:
    network = load(compressed)
    images = read_inputs(lenet / "mnist-test.npz")
    result = run(network, network.quantize_inputs(images.values))
    assert images.labels is not None
    assert len(images.labels) == 10_000
    assert accuracy(result.outputs, images.labels) >= 0.976
    assert not np.any([layer.counters["overflows"] for layer in result.layers])


def test_what_nothing_reads_is_left_out(lenet: Path, compressed: Path) -> None:
    network = load(compressed)
    unused = [(layer.unused_inputs, layer.unused_outputs) for layer in network.layers]
    assert unused == [(322, 238), (238, 82), (82, 0)]
    source = read_weights(lenet / "pruned.npz")
    assert network.shapes == [layer.weights.shape for layer in source]
    kept = set(network.gather.tolist())
    read = np.any(source[0].weights[network.layers[0].rows], axis=0)
    assert kept == set(np.flatnonzero(read).tolist())


@pytest.mark.parametrize("pe_count", [4, 16])
def test_balanced_rows_give_the_same_outputs_in_fewer_cycles(
    lenet: Path, tmp_path: Path, pe_count: int
) -> None:
    images = read_inputs(lenet / "mnist-test.npz", count=300)
    outputs, cycles = [], []
    for balanced in (0, 1):
        path = tmp_path / "lenet.npz"
        result = zskip.compress(
            lenet / "pruned.npz",
            path,
            inputs=lenet / "mnist-test.npz",
            count=500,
            input_scale=1 / 256,
            config=PAPER.replace(pe_count=pe_count, balanced_rows=balanced, register_depth=256),
        )
        network = load(path)
        activations = network.quantize_inputs(images.values)
        outputs.append(run(network, activations).outputs)
        np.testing.assert_array_equal(
            outputs[-1], reference.network(dense_layers(network), activations)[-1].y
        )
        cycles.append(result.prediction.total.cycles)
    np.testing.assert_array_equal(*outputs)
    assert cycles[1] < 0.97 * cycles[0]


@pytest.mark.parametrize(
    ("simulator", "count"), [(Simulator.VERILATOR, 200), (Simulator.ICARUS, 5)]
)
def test_rtl_equals_the_model(
    lenet: Path, compressed: Path, simulator: Simulator, count: int
) -> None:
    report = zskip.simulate(compressed, lenet / "mnist-test.npz", count=count, simulator=simulator)
    assert report.equal_inputs == report.inputs == count
    assert report.pe_count == 16


@pytest.mark.parametrize(
    ("pe_count", "first", "most"), [(4, 0, 573), (16, 0, 200), (16, 16, 201), (64, 0, 146)]
)
def test_groups_of_inputs_in_an_order(
    lenet: Path, tmp_path: Path, pe_count: int, first: int, most: int
) -> None:
    """Means of the first 16 images, calibrated on 100 with these or without."""
    images, network = read_inputs(lenet / "mnist-test.npz", count=200), tmp_path / "lenet.npz"
    config = TUNED.replace(pe_count=pe_count, broadcast_groups=1)
    given = {"inputs": images.values[first : first + 100], "input_scale": 1 / 256, "huffman": True}
    result = zskip.compress(lenet / "pruned.npz", network, config=config, **given)
    assert result.dense_bytes >= 200 * result.storage.total.huffman.total
    assert result.file_bytes <= 1.2 * result.storage.total.huffman.total
    assert accuracy_of(network, images.values, images.labels) >= 0.98
    report = zskip.bench(model=True, weights=network, inputs=images.values, count=16)
    assert sum(one.cost.cycles for one in report.results) <= most


def accuracy_of(path: Path, values: np.ndarray, labels: np.ndarray | None) -> float:
    """Accuracy of the golden model."""
    network = load(path)
    assert labels is not None
    return accuracy(run(network, network.quantize_inputs(values)).outputs, labels)


@pytest.mark.parametrize(("pe_count", "most"), [(1, 3770), (4, 1015), (16, 373), (64, 252)])
def test_cycles_for_an_image(lenet: Path, tmp_path: Path, pe_count: int, most: int) -> None:
    """A queueing model of the paper's machine needs 248 cycles on 64 PEs, without the registers
    behind the SRAMs, and as many as stand here otherwise; means of 100 images.
    """
    images, network = lenet / "mnist-test.npz", tmp_path / "lenet.npz"
    config = TUNED.replace(pe_count=pe_count)
    given = {"inputs": images, "count": 500, "input_scale": 1 / 256}
    zskip.compress(lenet / "pruned.npz", network, config=config, **given)
    report = zskip.bench(model=True, weights=network, inputs=images, count=100)
    assert report.inputs == 100
    assert sum(result.cost.cycles for result in report.results) <= most
