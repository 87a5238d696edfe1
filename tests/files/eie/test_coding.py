"""Huffman-coded network files; oracles: the plain file, the bytes that storage counts."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.files import network as network_file
from zskip.files.network import load, save, to_bytes
from zskip.model.common.errors import InputError
from zskip.model.common.order import unpacked_order, word_places
from zskip.model.eie.config import PAPER, TINY, Config
from zskip.model.eie.figures.storage import storage
from zskip.model.eie.network import Network

MakeNetwork = Callable[..., Network]
Rewritten = Callable[..., bytes]


@pytest.fixture
def small(make_network: MakeNetwork) -> Network:
    """A network whose file is small."""
    return make_network(TINY.replace(pe_count=2), (5, 4, 2), density=0.5)


def refusal(path: Path) -> str:
    """Return the one line that loading ends in."""
    with pytest.raises(InputError) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "config",
    [
        PAPER,
        TINY.replace(weight_bits=2, run_bits=1),
        TINY.replace(weight_bits=8, run_bits=8, entries_per_word=4),
        TINY.replace(
            pe_count=1,
            register_depth=512,
            activation_depth=512,
            spmat_depth=8192,
            bias_depth=1024,
        ),
    ],
    ids=range(4),
)
def test_reads_as_the_plain_file_does(
    tmp_path: Path, make_network: MakeNetwork, config: Config
) -> None:
    network = make_network(config, (60, 500 if config.pe_count == 1 else 50, 9), density=0.7)
    save(network, tmp_path / "coded.npz", huffman=True)
    save(network, tmp_path / "plain.npz")
    coded = load(tmp_path / "coded.npz")
    assert to_bytes(coded) == (tmp_path / "plain.npz").read_bytes()
    assert to_bytes(load(tmp_path / "plain.npz"), huffman=True) == (
        (tmp_path / "coded.npz").read_bytes()
    )
    assert coded.layers[0].matrix.codes.dtype == np.uint8


@given(
    st.sampled_from([1, 2, 16]),
    st.lists(st.integers(1, 30), min_size=2, max_size=3),
    st.floats(0, 1),
    st.integers(0, 100),
)
def test_any_network(
    tmp_path_factory: pytest.TempPathFactory,
    make_network: MakeNetwork,
    pe_count: int,
    sizes: list[int],
    density: float,
    seed: int,
) -> None:
    network = make_network(
        TINY.replace(pe_count=pe_count), tuple(sizes), density=density, seed=seed
    )
    path = tmp_path_factory.getbasetemp() / "coded.npz"
    save(network, path, huffman=True)
    assert to_bytes(load(path)) == to_bytes(network)


@pytest.mark.parametrize("rows", [60, 400])
def test_the_parts_take_the_bytes_that_storage_counts(
    make_network: MakeNetwork, coded_arrays: Callable[[Network], dict[str, Any]], rows: int
) -> None:
    config = TINY.replace(pe_count=1, register_depth=512, spmat_depth=8192, bias_depth=1024)
    network = make_network(config, (50, rows, 9), density=0.8, unused=rows)
    sizes = {name: array.nbytes for name, array in coded_arrays(network).items()}
    counted = storage(network).total.huffman
    assert sum(sizes.values()) == counted.total
    for part, names in {
        "weights": ["codes.packed"],
        "index": ["gaps.packed"],
        "tables": ["codes.lengths", "gaps.lengths"],
        "order": ["gather", "rows", "used", "rank", "rows.used", "rows.rank"],
        "codebook": ["codebook"],
        "bias": ["bias"],
    }.items():
        stored = sum(size for name, size in sizes.items() if name.split(".", 1)[-1] in names)
        assert stored == getattr(counted, part), part


def test_every_changed_byte_is_refused(tmp_path: Path, small: Network) -> None:
    data = to_bytes(small, huffman=True)
    path = tmp_path / "net.npz"
    for position in range(0, len(data), 5):
        wrong = bytearray(data)
        wrong[position] ^= 1 << position % 8
        path.write_bytes(wrong)
        assert str(path) in refusal(path), position


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.pop("layer0.codes.packed"), "must hold 'layer0.codes.packed.npy'"),
        (lambda a: a.update({"layer0.entries": a["layer0.bias"]}), "must not hold 'layer0.entries"),
        (
            lambda a: a.update({"layer0.codes.packed": np.zeros(10**6, np.uint8)}),
            "codes.packed must have 2 to",
        ),
        (
            lambda a: a.update({"layer0.codes.packed": np.zeros((2, 2), np.uint8)}),
            "codes.packed must have 2 to",
        ),
        (
            lambda a: a.update({"layer0.codes.packed": a["layer0.codes.packed"].astype("u2")}),
            "array 'layer0.codes.packed'",
        ),
        (
            lambda a: a.update({"layer0.codes.lengths": np.zeros(17, np.uint8)}),
            "codes.lengths must have at most 16 values, not shape (17,)",
        ),
        (lambda a: a["layer0.codes.lengths"].fill(1), "lengths must make a complete prefix code"),
        (lambda a: a["layer0.codes.packed"].fill(255), "layer 'fc1': codes: "),
        (lambda a: a["layer0.gaps.packed"].fill(0), "layer 'fc1'"),
        (
            lambda a: a.update(
                {"layer0.gaps.lengths": np.append(a["layer0.gaps.lengths"], np.uint8(0))}
            ),
            "gaps.lengths must end in the length of the largest symbol",
        ),
    ],
)
def test_a_wrong_stream_is_one_line(
    tmp_path: Path,
    small: Network,
    rewritten: Rewritten,
    change: Callable[[dict[str, Any]], object],
    message: str,
) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(rewritten(small, change_arrays=change, huffman=True))
    line = refusal(path)
    assert line.count(str(path)) == 1
    assert message in line


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m["arrays"].update(more=["|u1", 1]), "must have "),
        (lambda m: m["arrays"].update(more=["|u1", -1]), "list its arrays with type and shape"),
        (lambda m: m["arrays"].update(more=["|u1", 2**60]), "list its arrays with type and shape"),
        (lambda m: m["arrays"].update(more=["|u1", 2**30]), "must hold at most"),
        (lambda m: m["arrays"].update(more=["|O", 1]), "list its arrays with type and shape"),
        (lambda m: m["arrays"].update(more=[]), "list its arrays with type and shape"),
        (lambda m: m["arrays"].update(more=["|u1", 0]), "must not hold 'more.npy'"),
        (lambda m: m.update(arrays=[]), "list its arrays with type and shape"),
        (lambda m: m.pop("arrays"), "list its arrays with type and shape"),
    ],
)
def test_a_wrong_list_of_arrays_is_one_line(
    tmp_path: Path,
    small: Network,
    rewritten: Rewritten,
    change: Callable[[dict[str, Any]], object],
    message: str,
) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(rewritten(small, huffman=True, change_packed=change))
    line = refusal(path)
    assert line.count(str(path)) == 1
    assert message in line


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda layer: layer.update(entries=layer["entries"] - 1), "entries must be "),
        (lambda layer: layer.update(nonzeros=layer["nonzeros"] + 1), "codes.packed must "),
        (lambda layer: layer.update(nonzeros=10**6), "at most as many weights as entries and gaps"),
        (lambda layer: layer.update(gaps=10**6), " gaps, not 1000000"),
    ],
)
def test_wrong_counts_are_refused(
    tmp_path: Path,
    small: Network,
    rewritten: Rewritten,
    change: Callable[[dict[str, Any]], object],
    message: str,
) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(rewritten(small, lambda m: change(m["layers"][0]), huffman=True))
    line = refusal(path)
    assert message in line or "layer 'fc1'" in line


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a["gather.rank"].fill(1), "ranks of 'gather'"),
        (lambda a: a["gather.used"].fill(255), "bits of 'gather'"),
        (lambda a: a.pop("gather.used"), "must hold 'gather.used.npy'"),
        (
            lambda a: a.update({"gather.rank": np.arange(200, dtype=np.uint8)}),
            "'gather' of {path} must be left out where it says nothing",
        ),
    ],
)
def test_wrong_orders_are_refused(
    tmp_path: Path,
    make_network: MakeNetwork,
    rewritten: Rewritten,
    change: Callable[[dict[str, Any]], object],
    message: str,
) -> None:
    network = make_network(TINY, (200, 5, 2), unused=99)
    network = replace(network, gather=np.random.default_rng(1).permutation(network.gather))
    path = tmp_path / "net.npz"
    path.write_bytes(rewritten(network, change_arrays=change, huffman=True))
    assert message.format(path=path) in refusal(path)


@pytest.fixture
def in_runs(make_network: MakeNetwork) -> Network:
    """A network whose inputs stand in two ascending runs, by the words of 4 PEs."""
    network = make_network(TINY.replace(activation_depth=128), (300, 5, 2), unused=9)
    order = np.empty(300, dtype=np.int64)
    halves = np.argsort(np.arange(300) // 3 % 2, kind="stable")
    order[np.argsort(word_places(300, 4))] = np.sort(network.gather)[halves]
    return replace(network, gather=order)


def test_an_order_in_runs(
    tmp_path: Path, in_runs: Network, coded_arrays: Callable[[Network], dict[str, Any]]
) -> None:
    path = tmp_path / "net.npz"
    save(in_runs, path, huffman=True)
    arrays = coded_arrays(in_runs)
    assert {"gather.used", "gather.runs.lengths", "gather.runs.packed", "gather.stride"} <= {
        *arrays
    }
    assert "gather.rank" not in arrays
    assert arrays["gather.stride"].tolist() == [4]
    assert load(path).gather.tolist() == in_runs.gather.tolist()
    assert sum(array.nbytes for array in arrays.values()) == storage(in_runs).total.huffman.total


def to_ranks(arrays: dict[str, Any]) -> None:
    """Write the order of the inputs as files before runs have it."""
    used = np.flatnonzero(np.unpackbits(arrays["gather.used"], count=309))
    parts = {
        name: arrays.pop(f"gather.{name}") for name in ("runs.lengths", "runs.packed", "stride")
    }
    order = unpacked_order({"used": arrays["gather.used"], **parts}, 309)
    arrays["gather.rank"] = np.searchsorted(used, order).astype("<u2")


def test_ranks_of_older_files_are_read(
    tmp_path: Path, in_runs: Network, rewritten: Rewritten
) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(rewritten(in_runs, change_arrays=to_ranks, huffman=True))
    assert load(path).gather.tolist() == in_runs.gather.tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a["gather.stride"].fill(0), "the stride of 'gather' of {path} must be at least"),
        (lambda a: a["gather.stride"].fill(7), "runs of 'gather' of {path} must be as they are"),
        (
            lambda a: a.update({"gather.runs.lengths": np.array([1, 0], np.uint8)}),
            "runs of 'gather' of {path}: ",
        ),
        (lambda a: a.pop("gather.runs.lengths"), "must have ranks, or lengths and codes of runs"),
        (lambda a: a.pop("gather.runs.packed"), "must have ranks, or lengths and codes of runs"),
        (lambda a: a["gather.runs.lengths"].fill(1), "runs of 'gather' of {path}: "),
        (
            lambda a: a.update({"gather.runs.packed": np.zeros(9, np.uint8)}),
            "runs of 'gather' of {path}: ",
        ),
        (
            lambda a: a.update({"gather.rank": np.arange(300, dtype="<u2")}),
            "must have ranks, or lengths and codes of runs",
        ),
    ],
)
def test_wrong_runs_are_refused(
    tmp_path: Path,
    in_runs: Network,
    rewritten: Rewritten,
    change: Callable[[dict[str, Any]], object],
    message: str,
) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(rewritten(in_runs, change_arrays=change, huffman=True))
    assert message.format(path=path) in refusal(path)


def test_an_unknown_coding_is_refused(tmp_path: Path, small: Network, rewritten: Rewritten) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(rewritten(small, lambda m: m.update(coding="lzma"), huffman=True))
    assert "the file's coding must be 'huffman'" in refusal(path)


def test_what_would_be_decoded_is_limited_before_it_is_read(
    tmp_path: Path, make_network: MakeNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = make_network(PAPER, (600, 40), density=0.8)
    path = tmp_path / "net.npz"
    save(network, path, huffman=True)
    monkeypatch.setattr(network_file, "MAX_BYTES", 30_000)
    line = refusal(path)
    assert "must hold at most 30,000 coded symbols, but declares 38," in line
