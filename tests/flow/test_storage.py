"""Sizes and accuracy of real networks with Huffman coding; oracle: the arrays in the file."""

from pathlib import Path
from zipfile import ZipFile

import pytest

import zskip
from zskip.files.inputs import read_inputs
from zskip.files.network import load
from zskip.flow.compressed import Compressed
from zskip.model.common.metrics import accuracy
from zskip.model.eie.accelerator import run
from zskip.model.eie.config import PAPER, TINY, Config

DENSE = 0.9917
"""Accuracy of the dense float network of the digits."""

DIGITS = Path(zskip.__file__).parent / "examples" / "digits"


def measured(compressed: Compressed, images: Path) -> float:
    """Accuracy of the golden model on all images."""
    assert compressed.path is not None
    network, given = load(compressed.path), read_inputs(images)
    assert given.labels is not None
    return accuracy(run(network, network.quantize_inputs(given.values)).outputs, given.labels)


def stored_bytes(path: Path | None) -> int:
    """Bytes of all arrays in a file, which are one member beside the manifest."""
    assert path is not None
    with ZipFile(path) as archive:
        return sum(one.file_size for one in archive.infolist() if one.filename != "manifest.json")


@pytest.mark.parametrize("pe_count", [16, 64])
def test_lenet_is_40_times_smaller(shared_data: Path, tmp_path: Path, pe_count: int) -> None:
    folder = shared_data / "lenet-300-100"
    result = zskip.compress(
        folder / "pruned.npz",
        tmp_path / "lenet.npz",
        inputs=folder / "mnist-test.npz",
        count=500,
        input_scale=1 / 256,
        huffman=True,
        config=PAPER.replace(pe_count=pe_count),
    )
    assert result.dense_bytes == 4 * (784 * 300 + 300 + 300 * 100 + 100 + 100 * 10 + 10)
    stored = stored_bytes(result.path)
    assert stored == result.storage.total.huffman.total
    assert result.dense_bytes >= 40 * stored
    assert result.dense_bytes >= 40 * result.file_bytes
    assert measured(result, folder / "mnist-test.npz") >= 0.977


def digits(name: str, output: Path, config: Config = TINY) -> Compressed:
    """Compress a network of the digits."""
    return zskip.compress(
        DIGITS / name,
        output,
        inputs=DIGITS / "calibration.npz",
        input_scale=1 / 16,
        huffman=True,
        config=config,
    )


def test_the_demonstration_keeps_its_accuracy(tmp_path: Path) -> None:
    result = digits("network.npz", tmp_path / "net.npz")
    assert measured(result, DIGITS / "test.npz") >= 0.96


def test_trained_digits_are_20_times_smaller(tmp_path: Path) -> None:
    if not (DIGITS / "trained.npz").exists():
        pytest.skip("the trained network of the digits is not there")
    result = digits("trained.npz", tmp_path / "net.npz")
    assert stored_bytes(result.path) == result.storage.total.huffman.total
    assert result.dense_bytes >= 20 * stored_bytes(result.path)
    assert (
        measured(result, DIGITS / "test.npz") >= 0.9917 - 0.005
    )  # The dense float network has 99.17 %.
