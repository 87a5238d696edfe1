"""The compressed network file; oracles: the network that was stored, every byte changed."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.engines import ENGINES
from zskip.files import network as network_file
from zskip.files.archive import open_archive
from zskip.files.eie.engine import ENGINE as FORMAT
from zskip.files.layer_arrays import check_members, read_layer
from zskip.files.manifest import Manifest as Manifested
from zskip.files.network import load, save, to_bytes
from zskip.files.packed import PackedArchive
from zskip.model.common.errors import InputError
from zskip.model.eie.config import PAPER, TINY, Config
from zskip.model.eie.encoding import decode
from zskip.model.eie.network import Layer, Network

MakeNetwork = Callable[..., Network]
Rewrite = Callable[..., bytes]
Manifest = dict[str, Any]


def check_equal(left: Network, right: Network) -> None:
    """Compare every field of two networks."""
    assert left.config == right.config
    assert left.input_scale == right.input_scale
    assert left.ending == right.ending
    np.testing.assert_array_equal(left.gather, right.gather)
    assert len(left.layers) == len(right.layers)
    for one, other in zip(left.layers, right.layers, strict=True):
        assert (one.name, one.relu, one.scale.shift) == (other.name, other.relu, other.scale.shift)
        assert one.scale.input_fraction == other.scale.input_fraction
        assert one.scale.weight_fraction == other.scale.weight_fraction
        assert one.scale.output_fraction == other.scale.output_fraction
        assert one.matrix.shape == other.matrix.shape
        assert one.matrix.block_rows == other.matrix.block_rows
        assert one.source_shape == other.source_shape
        for name in ("codes", "runs", "pointers"):
            given_array, read = getattr(one.matrix, name), getattr(other.matrix, name)
            np.testing.assert_array_equal(given_array, read)
            assert given_array.dtype == read.dtype
        for name in ("codebook", "bias", "rows"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
            assert getattr(other, name).dtype == np.int64


def failure(read: Callable[[], object]) -> str:
    """Return the one line that reading ends in."""
    with pytest.raises(InputError) as caught:
        read()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def small(make_network: MakeNetwork) -> Network:
    """A network whose file is small."""
    return make_network(TINY.replace(pe_count=2), (5, 4, 2), density=0.5)


@pytest.mark.parametrize(
    "config",
    [
        PAPER,
        TINY,
        TINY.replace(pe_count=1, spmat_depth=2048),
        TINY.replace(weight_bits=2, run_bits=1),
        TINY.replace(weight_bits=8, run_bits=8, entries_per_word=4, acc_bits=48),
    ],
    ids=range(5),
)
def test_round_trip(tmp_path: Path, make_network: MakeNetwork, config: Config) -> None:
    network = make_network(config, (60, 50, 30, 9), density=0.4)
    save(network, tmp_path / "net.npz")
    check_equal(load(tmp_path / "net.npz"), network)


@given(
    st.sampled_from([1, 2, 4, 16]),
    st.lists(st.integers(1, 30), min_size=2, max_size=4),
    st.floats(0, 1),
    st.sampled_from([None, 0, 3, 300]),
    st.booleans(),
    st.integers(0, 100),
)
def test_round_trip_of_any_network(
    tmp_path_factory: pytest.TempPathFactory,
    make_network: MakeNetwork,
    pe_count: int,
    sizes: list[int],
    density: float,
    unused: int | None,
    huffman: bool,
    seed: int,
) -> None:
    config = TINY.replace(pe_count=pe_count)
    network = make_network(config, tuple(sizes), density=density, seed=seed, unused=unused)
    path = tmp_path_factory.getbasetemp() / "any.npz"
    save(network, path, huffman=huffman)
    check_equal(load(path), network)


@pytest.mark.parametrize("huffman", [False, True])
def test_blocks_of_rows(tmp_path: Path, make_network: MakeNetwork, huffman: bool) -> None:
    network = make_network(TINY.replace(register_depth=8), (20, 100, 5))
    assert network.layers[0].matrix.blocks == 4
    (tmp_path / "net.npz").write_bytes(to_bytes(network, huffman=huffman))
    with open_archive(tmp_path / "net.npz") as archive:
        manifest = Manifested.from_json(archive.read_bytes("manifest.json", 2**20))
        if huffman:
            archive = PackedArchive(archive, "manifest.json", 2**20)
        check_members(archive, FORMAT, manifest, {"manifest.json"}, 2**20)
        layer = read_layer(archive, 0, FORMAT, manifest)
    assert isinstance(layer, Layer)
    assert layer.matrix.block_rows == 7
    np.testing.assert_array_equal(layer.matrix.pointers, network.layers[0].matrix.pointers)
    np.testing.assert_array_equal(decode(layer.matrix), decode(network.layers[0].matrix))


def test_orders_are_stored_only_where_they_say_something(
    tmp_path: Path, make_network: MakeNetwork
) -> None:
    network = make_network(TINY, (6, 5, 3), unused=300)
    first = replace(network.layers[-1], rows=np.arange(3))
    save(replace(network, layers=(*network.layers[:-1], first)), tmp_path / "net.npz")
    with np.load(tmp_path / "net.npz") as archive:
        assert archive["gather"].dtype == archive["layer0.rows"].dtype == np.uint16
        assert archive["gather"].tolist() == network.gather.tolist()
        assert archive["layer0.rows"].tolist() == network.layers[0].rows.tolist()
        assert "layer1.rows" not in archive


ORDER = np.array([3, 1, 2, 0])


def test_wide_columns_take_wider_counts(tmp_path: Path, make_network: MakeNetwork) -> None:
    config = TINY.replace(
        pe_count=1, register_depth=512, activation_depth=512, spmat_depth=2048, bias_depth=512
    )
    network = make_network(config, (3, 400), density=1.0)
    save(network, tmp_path / "net.npz")
    with np.load(tmp_path / "net.npz") as archive:
        assert archive["layer0.counts"].dtype == np.uint16
    check_equal(load(tmp_path / "net.npz"), network)


def test_an_ending_is_kept_and_stored_only_where_there_is_one(
    tmp_path: Path, small: Network
) -> None:
    path = tmp_path / "net.npz"
    for network in (small, replace(small, ending="Softmax")):
        save(network, path)
        check_equal(load(path), network)
        with np.load(path) as archive:
            manifest = json.loads(archive["manifest.json"])
        assert manifest.get("ending", None) == network.ending
        assert ("ending" in manifest) == (network.ending is not None)


def test_names_of_any_kind(tmp_path: Path, small: Network) -> None:
    names = ('a/b\\c "d" \n é', "")
    layers = tuple(
        replace(layer, name=name) for layer, name in zip(small.layers, names, strict=True)
    )
    save(replace(small, layers=layers), tmp_path / "net.npz")
    assert tuple(layer.name for layer in load(tmp_path / "net.npz").layers) == names


def test_numpy_reads_it_without_pickle(tmp_path: Path, make_network: MakeNetwork) -> None:
    network = make_network(TINY, (40, 30), density=0.4)
    save(network, tmp_path / "net.npz")
    layer = network.layers[0]
    with np.load(tmp_path / "net.npz", allow_pickle=False) as archive:
        manifest = json.loads(archive["manifest.json"])
        entries = layer.matrix.runs.astype(int) * 16 + layer.matrix.codes
        np.testing.assert_array_equal(archive["layer0.entries"], entries)
        np.testing.assert_array_equal(
            archive["layer0.counts"], np.diff(layer.matrix.pointers, axis=1)
        )
        types = {name: archive[name].dtype.str for name in archive if name != "manifest.json"}
    assert types == {
        "layer0.entries": "|u1",
        "layer0.counts": "|u1",
        "layer0.codebook": "<i2",
        "layer0.bias": "<i4",
    }
    assert manifest["format"] == "zskip-network"
    assert manifest["version"] == 3
    assert manifest["configuration"]["pe_count"] == 4
    assert manifest["layers"][0]["name"] == "fc1"


def test_the_same_network_gives_the_same_bytes(make_network: MakeNetwork) -> None:
    networks = [make_network(TINY, (40, 30, 5)) for _ in range(2)]
    assert to_bytes(networks[0]) == to_bytes(networks[1])


def test_no_time_of_day_is_in_the_file(small: Network) -> None:
    with zipfile.ZipFile(io.BytesIO(to_bytes(small))) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_seal_is_the_checksum_of_all_in_front_of_it(small: Network) -> None:
    data = to_bytes(small)
    assert (
        data[-64:].decode()
        == hashlib.sha256(data[: -64 - len("zskip-network sha256 ")]).hexdigest()
    )
    assert zipfile.ZipFile(io.BytesIO(data)).comment == data[-64 - len("zskip-network sha256 ") :]


def test_every_changed_byte_is_refused(tmp_path: Path, small: Network) -> None:
    data = to_bytes(small)
    path = tmp_path / "net.npz"
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1 << position % 8
        path.write_bytes(changed)
        assert str(path) in failure(lambda: load(path)), position


def test_every_truncation_is_refused(tmp_path: Path, small: Network) -> None:
    data = to_bytes(small)
    path = tmp_path / "net.npz"
    for length in [*range(0, len(data), 7), len(data) - 1]:
        path.write_bytes(data[:length])
        assert "damaged" in failure(lambda: load(path)), length


@pytest.mark.parametrize("extra", [b"\0", b"x" * 1000])
def test_added_bytes_are_refused(tmp_path: Path, small: Network, extra: bytes) -> None:
    path = tmp_path / "net.npz"
    for data in (to_bytes(small) + extra, extra + to_bytes(small)):
        path.write_bytes(data)
        assert "damaged" in failure(lambda: load(path))


def test_a_file_of_weights_is_not_a_network(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    weights: dict[str, Any] = {"fc.weight": np.ones((2, 3))}
    np.savez(path, **weights)
    assert failure(lambda: load(path)) == (
        f"{path} must be a compressed network, but holds the weights of a float network: give what "
        "`zskip compress` makes of it"
    )
    np.savez(path, inputs=np.ones((2, 3)))
    assert failure(lambda: load(path)) == (
        f"{path} must end in the checksum of a compressed network, but does not: give a file that "
        "`zskip compress` wrote, or write it again if it is damaged"
    )


def test_text_is_not_a_network(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    path.write_text("hello")
    assert failure(lambda: load(path)) == (
        f"{path} must be a readable NumPy file, but is damaged, truncated or of another kind: "
        "write it again"
    )


def test_what_is_only_rewritten_is_read(tmp_path: Path, small: Network, rewritten: Rewrite) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(rewritten(small))
    check_equal(load(path), small)


CONFIGURATION = "compress the network again, or use the zskip that wrote the file"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda m: m.update(format="other"),
            "the file's format must be 'zskip-network', the one that this zskip reads, not "
            f"'other': {CONFIGURATION}",
        ),
        (
            lambda m: m.update(version=2),
            f"the file's version must be 3, the one that this zskip reads, not 2: {CONFIGURATION}",
        ),
        (
            lambda m: m.update(version=True),
            "the file's version must be 3, the one that this zskip reads, not True: "
            f"{CONFIGURATION}",
        ),
        (
            lambda m: m.pop("version"),
            "the file's version must be 3, the one that this zskip reads, not None: "
            f"{CONFIGURATION}",
        ),
        (
            lambda m: m.update(engine="none"),
            f"the file's engine must be {' or '.join(map(repr, ENGINES))}, the one that this zskip "
            f"reads, not 'none': {CONFIGURATION}",
        ),
        (lambda m: m.pop("layers"), f"the manifest must have 'layers': {CONFIGURATION}"),
        (lambda m: m.update(more=1), f"the manifest must not have 'more': {CONFIGURATION}"),
        (lambda m: m.update(layers=[]), "a network must have at least one layer, not none"),
        (
            lambda m: m.update(layers=5),
            "layers of the manifest must be of type list, not 5",
        ),
        (lambda m: m.update(layers=[1]), "layer 0 must be a mapping, not int"),
        (
            lambda m: m.update(input_scale="1"),
            "input_scale of the manifest must be of type float, not '1'",
        ),
        (
            lambda m: m.update(input_scale=10**400),
            f"input_scale of the manifest must be of type float, not {10**400}",
        ),
        (
            lambda m: m.update(ending=None),
            "ending of the manifest must be of type str, not None",
        ),
        (
            lambda m: m.update(ending="Tanh"),
            "the ending must be ArgMax, Hardmax, LogSoftmax, Sigmoid, Softmax or none, not 'Tanh'",
        ),
        (lambda m: m.update(input_scale=-1.0), "the input scale must be positive, not -1.0"),
        (
            lambda m: m.update(input_scale=float("nan")),
            "the input scale must be positive, not nan",
        ),
        (
            lambda m: m.update(configuration=[]),
            "the configuration must be a mapping, not list",
        ),
        (
            lambda m: m["configuration"].pop("acc_bits"),
            f"the configuration must have 'acc_bits': {CONFIGURATION}",
        ),
        (
            lambda m: m["configuration"].update(pe_count=3),
            "pe_count must be a power of two from 1 to 256, not 3: choose one of 1, 2, 4, 8, 16, "
            "32, 64, 128, 256",
        ),
        (
            lambda m: m["configuration"].update(pe_count=2.0),
            "pe_count of the configuration must be of type int, not 2.0",
        ),
        (
            lambda m: m["layers"][0].update(relu=1),
            "relu of layer 0 must be of type bool, not 1",
        ),
        (
            lambda m: m["layers"][1].update(outputs=True),
            "outputs of layer 1 must be of type int, not True",
        ),
        (lambda m: m["layers"][1].pop("name"), f"layer 1 must have 'name': {CONFIGURATION}"),
        (
            lambda m: m["layers"][0].update(inputs=129, source_inputs=129),
            "layer 'fc1' must have 1 to 128 outputs and inputs, the limit of its configuration, "
            "not (4, 129)",
        ),
        (
            lambda m: m["layers"][0].update(inputs=0),
            "layer 'fc1' must have outputs and inputs, not (4, 0)",
        ),
        (
            lambda m: m["layers"][0].update(source_outputs=3),
            "layer 'fc1' must have at least (4, 5) and at most 2147483648 outputs and inputs in "
            "its source, not (3, 5)",
        ),
        (
            lambda m: m["layers"][0].update(source_inputs=2**31 + 1),
            "layer 'fc1' must have at least (4, 5) and at most 2147483648 outputs and inputs in "
            "its source, not (4, 2147483649)",
        ),
        (
            lambda m: m["layers"][0].update(block_rows=0),
            "blocks of layer 'fc1' must have 1 to 64 rows, the limit of its configuration, not 0",
        ),
        (
            lambda m: m["layers"][0].update(block_rows=65),
            "blocks of layer 'fc1' must have 1 to 64 rows, the limit of its configuration, not 65",
        ),
        (
            lambda m: m["layers"][0].pop("block_rows"),
            f"layer 0 must have 'block_rows': {CONFIGURATION}",
        ),
        (
            lambda m: m["layers"][0].update(entries=21),
            "layer 'fc1' must have at most 20 entries, not 21",
        ),
        (
            lambda m: m["layers"][0].update(output_fraction=9),
            "scales must chain: layer 'fc1' gives fraction 9, layer 'fc2' takes 8",
        ),
        (
            lambda m: m["layers"][1].update(weight_fraction=99),
            "layer 'fc2': the fractions of inputs, weights and outputs must be from -32 to 30, not "
            "(8, 99, 8)",
        ),
        (
            lambda m: m["configuration"].update(pass_count=1),
            "the network must fit the 2 PEs of the configuration, which hold in each PE: passes "
            "(pass_count) 1, needed 2; use --set pass_count=2",
        ),
    ],
)
def test_manifests_that_are_refused(
    tmp_path: Path,
    small: Network,
    change: Callable[[Manifest], object],
    message: str,
    rewritten: Rewrite,
) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(rewritten(small, change))
    assert failure(lambda: load(path)) == f"{path}: {message}"


@pytest.mark.parametrize("text", [b"{", b"[" * 100_000, b"1", b"\xff", b"9" * 5000])
def test_a_manifest_that_is_no_mapping(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(with_manifest(text))
    assert failure(lambda: load(path)).startswith(f"{path}: the manifest must be a ")


def with_manifest(text: bytes) -> bytes:
    """Make a sealed file with a manifest alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", text)
        archive.comment = bytes(64 + len("zskip-network sha256 "))
    body = buffer.getvalue()[: -64 - len("zskip-network sha256 ")]
    return body + b"zskip-network sha256 " + hashlib.sha256(body).hexdigest().encode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.pop("layer1.bias"), "{} must hold 'layer1.bias.npy'"),
        (
            lambda a: a.update({"layer0.rows": ORDER.astype(np.uint16)}),
            "array 'layer0.rows' of {} must be uint8 of shape (4,), not uint16 of shape (4,)",
        ),
        (
            lambda a: a.update(gather=ORDER.astype(np.uint8)),
            "array 'gather' of {} must be uint8 of shape (5,), not uint8 of shape (4,)",
        ),
        (
            lambda a: a.update(gather=np.arange(5, dtype=np.uint8)),
            "array 'gather' of {} must be left out where it is 0 to 4 in order",
        ),
        (
            lambda a: a.update({"layer0.rows": np.arange(4, dtype=np.uint8)}),
            "array 'layer0.rows' of {} must be left out where it is 0 to 3 in order",
        ),
        (lambda a: a.update(more=np.ones(1)), "{} must not hold 'more.npy'"),
        (
            lambda a: a.update({"layer0.bias": np.zeros(4)}),
            "array 'layer0.bias' of {} must be int32 of shape (4,), not float64 of shape (4,)",
        ),
        (
            lambda a: a.update({"layer0.bias": np.zeros(5, np.int32)}),
            "array 'layer0.bias' of {} must be int32 of shape (4,), not int32 of shape (5,)",
        ),
        (
            lambda a: a.update({"layer0.counts": np.zeros((2, 5), np.int8)}),
            "array 'layer0.counts' of {} must be uint8 or uint16 or uint32 of shape (2, 5), not "
            "int8 of shape (2, 5)",
        ),
        (
            lambda a: a.update({"layer0.codebook": np.zeros((16, 1), np.int16)}),
            "array 'layer0.codebook' of {} must be int16 of shape (16,), not int16 of shape "
            "(16, 1)",
        ),
    ],
)
def test_arrays_that_are_refused(
    tmp_path: Path,
    small: Network,
    change: Callable[[dict[str, Any]], object],
    message: str,
    rewritten: Rewrite,
) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(rewritten(small, change_arrays=change))
    again = ": compress the network again"
    assert failure(lambda: load(path)) == message.format(path) + again


@pytest.mark.parametrize(
    ("name", "order", "message"),
    [
        ("layer0.rows", [0, 0, 2, 3], "layer 'fc1': rows must be distinct, but 0 is there twice"),
        ("layer0.rows", [0, 1, 2, 8], "layer 'fc1': rows must be from 0 to 7, not 8"),
        ("layer1.rows", [0, 2], "layer 'fc2': rows must be from 0 to 1, not 2"),
        ("gather", [1, 2, 3, 4, 1], "gathered inputs must be distinct, but 1 is there twice"),
        ("gather", [1, 2, 3, 4, 9], "gathered inputs must be from 0 to 8, not 9"),
    ],
)
def test_orders_that_are_refused(
    tmp_path: Path,
    make_network: MakeNetwork,
    name: str,
    order: list[int],
    message: str,
    rewritten: Rewrite,
) -> None:
    network = make_network(TINY.replace(pe_count=2), (5, 4, 2), density=0.5, unused=4)
    path = tmp_path / "net.npz"
    changes = {name: np.array(order, dtype=np.uint8)}
    path.write_bytes(rewritten(network, change_arrays=lambda arrays: arrays.update(changes)))
    assert failure(lambda: load(path)) == f"{path}: {message}"


def test_an_order_that_is_missing(
    tmp_path: Path, make_network: MakeNetwork, rewritten: Rewrite
) -> None:
    network = make_network(TINY.replace(pe_count=2), (5, 4, 2), density=0.5, unused=4)
    path = tmp_path / "net.npz"
    for name in ("gather", "layer0.rows"):
        path.write_bytes(rewritten(network, change_arrays=lambda a, name=name: a.pop(name)))
        assert failure(lambda: load(path)) == (
            f"{path} must hold '{name}.npy': compress the network again"
        )


def test_pickled_objects_are_refused(tmp_path: Path, small: Network, rewritten: Rewrite) -> None:
    path = tmp_path / "net.npz"
    evil = {"layer0.bias": np.array([object()] * 4)}
    path.write_bytes(rewritten(small, change_arrays=lambda arrays: arrays.update(evil)))
    assert "array 'layer0.bias'" in failure(lambda: load(path))
    assert "pickled objects" in failure(lambda: load(path))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("codebook", 7, "layer 'fc1': the first codebook value must be 0, not 7"),
        ("entries", 0x10, "layer 'fc1': every padding entry must skip 15 rows"),
        ("entries", 0xF1, "layer 'fc1': every entry must lie inside the 4 rows of the matrix"),
        (
            "counts",
            200,
            "layer 'fc1': codes and runs must have one value for each of the ",
        ),
    ],
)
def test_invariants_are_checked(
    tmp_path: Path, small: Network, name: str, value: int, message: str, rewritten: Rewrite
) -> None:
    def change(arrays: dict[str, Any]) -> None:
        arrays[f"layer0.{name}"].flat[0] = value

    path = tmp_path / "net.npz"
    path.write_bytes(rewritten(small, change_arrays=change))
    assert failure(lambda: load(path)).startswith(f"{path}: {message}")


def test_entries_wider_than_their_bits(
    tmp_path: Path, make_network: MakeNetwork, rewritten: Rewrite
) -> None:
    network = make_network(TINY.replace(weight_bits=2, run_bits=1), (5, 4), density=0.5)

    def change(arrays: dict[str, Any]) -> None:
        arrays["layer0.entries"][0] |= 0x80

    path = tmp_path / "net.npz"
    path.write_bytes(rewritten(network, change_arrays=change))
    assert failure(lambda: load(path)) == (
        f"{path}: layer 'fc1': entries must have 3 bits: compress the network again"
    )


def test_a_bomb_is_refused_before_it_is_decompressed(
    tmp_path: Path, make_network: MakeNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = make_network(TINY, (40, 30, 5))
    path = tmp_path / "net.npz"
    save(network, path)
    monkeypatch.setattr(network_file, "MAX_BYTES", 300)
    line = failure(lambda: load(path))
    assert line.startswith(f"{path} must hold at most 300 bytes of data, but declares ")
    assert failure(lambda: to_bytes(network)) == (
        "a compressed network must have at most 300 bytes of arrays: compress its layers one by one"
    )


def test_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    assert failure(lambda: load(path)) == (
        f"{path} must exist, but there is no such file: check the name"
    )


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, small: Network) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    assert "must be a file to write" in failure(lambda: save(small, path))
    assert list(tmp_path.iterdir()) == [path]
