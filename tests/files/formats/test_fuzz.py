"""Damaged files: a reader gives layers or one line of InputError, soon and without much memory."""

import io
import resource
import signal
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from zskip.files.formats import keras_file, onnx_file, pytorch_file, safetensors_file
from zskip.model.common.errors import InputError
from zskip.model.common.reference import FloatLayer

Array = NDArray[Any]
Edits = Sequence[tuple[str, int, int]]
SECONDS = 10
MEMORY = 2**28
"""What one damaged file may take; the files themselves have a few thousand bytes."""

CHECKS = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
COUNTS = [200, pytest.param(20_000, marks=pytest.mark.slow)]
"""Damaged files of each kind; there are five kinds."""

EDITS = st.lists(
    st.tuples(
        st.sampled_from(["byte", "bit", "word", "cut", "copy", "insert", "end"]),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1),
    ),
    min_size=1,
    max_size=6,
)
WORDS = (0, 1, 2**7, 2**8 - 1, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1)


def damaged(data: bytes, edits: Edits) -> bytes:
    """Apply edits: what, where, and with what."""
    result = bytearray(data)
    for kind, where, value in edits:
        position = where % max(len(result), 1)
        length = (1, 2, 4, 8, 16, 100)[value % 6]
        if kind == "byte":
            result[position : position + 1] = bytes([value % 256])
        elif kind == "bit" and result:
            result[position] ^= 1 << value % 8
        elif kind == "word":
            word = WORDS[value % len(WORDS)].to_bytes(8, "little")
            result[position : position + min(length, 8)] = word[: min(length, 8)]
        elif kind == "cut":
            del result[position : position + length]
        elif kind == "copy":
            source = value % max(len(result), 1)
            result[position : position + length] = result[source : source + length]
        elif kind == "insert":
            result[position:position] = bytes([value % 256]) * length
        elif kind == "end":
            del result[max(position, len(result) - 200) :]
    return bytes(result)


def outcome(
    read: Callable[[Path], tuple[FloatLayer, ...]], path: Path
) -> tuple[FloatLayer, ...] | str:
    """Read a file; return its layers, or the message if it is refused."""
    try:
        return read(path)
    except InputError as error:
        return str(error)


@pytest.fixture
def fuzz(tmp_path: Path) -> Callable[..., None]:
    """Read damaged files."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise AssertionError(f"not done after {SECONDS} s")

    def run(
        read: Callable[[Path], tuple[FloatLayer, ...]],
        count: int,
        make: Callable[[Edits], bytes],
    ) -> None:
        path = tmp_path / "net"
        path.write_bytes(make([]))
        assert read(path)
        outcomes = {"layers": 0, "refused": 0}
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        @settings(
            max_examples=count,
            database=None,
            suppress_health_check=CHECKS,
            deadline=None,
        )
        @given(EDITS)
        def check(edits: Edits) -> None:
            path.write_bytes(make(edits))
            signal.alarm(SECONDS)
            try:
                result = outcome(read, path)
            finally:
                signal.alarm(0)
            outcomes["refused" if isinstance(result, str) else "layers"] += 1
            if isinstance(result, str):
                assert result.isprintable()
                assert str(path) in result
            else:
                assert all(np.isfinite(layer.weights).all() for layer in result)

        previous = signal.signal(signal.SIGALRM, stop)
        start = time.monotonic()
        try:
            check()
        finally:
            signal.signal(signal.SIGALRM, previous)
        grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
        print(f"{outcomes}, {time.monotonic() - start:.0f} s, {grown / 2**20:.0f} MiB more")
        assert grown < MEMORY
        assert sum(outcomes.values()) >= count

    return run


@pytest.mark.parametrize("count", COUNTS)
def test_safetensors(
    fuzz: Callable[..., None],
    state: Mapping[str, Array],
    safetensors_bytes: Callable[..., bytes],
    count: int,
) -> None:
    pytest.importorskip("safetensors")
    data = safetensors_bytes(state)
    fuzz(safetensors_file.read, count, lambda edits: damaged(data, edits))


def choice(edits: Edits, count: int) -> int:
    """Choose one of several files by the edits themselves."""
    return edits[0][1] % count if edits else 0


def large_graph(onnx: Any, onnx_bytes: Callable[..., bytes]) -> bytes:
    """Make a network with one node of every kind that is read."""
    node = onnx.helper.make_node
    rng = np.random.default_rng(8)
    statistics = [f"s{index}" for index in range(4)]
    tensors = {name: np.abs(rng.standard_normal(5)).astype("f4") for name in statistics}
    tensors |= {"book": np.array([0, 1.5, -2], "f4"), "codes": np.ones((12, 5), "u1")}
    tensors |= {"quantized": np.ones((4, 5), "i1"), "scale": np.float32(0.5)}
    tensors |= {"rest": np.array([-1]), "axes": np.array([0]), "zero": np.array(0)}
    nodes = [
        node("Shape", ["x"], ["dims"]),
        node("Gather", ["dims", "zero"], ["batch"]),
        node("Unsqueeze", ["batch", "axes"], ["batch1"]),
        node("Concat", ["batch1", "rest"], ["shape"], axis=0),
        node("Reshape", ["x", "shape"], ["flat"]),
        node("Div", ["flat", "scale"], ["divided"]),
        node("Cast", ["codes"], ["indices"], to=onnx.TensorProto.INT64),
        node("Gather", ["book", "indices"], ["w1"]),
        node("MatMul", ["divided", "w1"], ["m"]),
        node("BatchNormalization", ["m", *statistics], ["n"]),
        node("Relu", ["n"], ["r"]),
        node("Dropout", ["r"], ["d"]),
        node("DequantizeLinear", ["quantized", "scale"], ["w2"]),
        node("Transpose", ["w2"], ["w2t"], perm=[1, 0]),
        node("Identity", ["w2t"], ["w2s"]),
        node("Gemm", ["d", "w2s", "scale"], ["g"], alpha=0.5, beta=2.0),
        node("Add", ["g", "scale"], ["y"]),
    ]
    return onnx_bytes(nodes, tensors, shape=("batch", 3, 4))


@pytest.mark.parametrize("count", COUNTS)
def test_onnx(
    fuzz: Callable[..., None], gemm_model: bytes, onnx_bytes: Callable[..., bytes], count: int
) -> None:
    files = (gemm_model, large_graph(pytest.importorskip("onnx"), onnx_bytes))
    fuzz(onnx_file.read, count, lambda edits: damaged(files[choice(edits, 2)], edits))


@pytest.mark.usefixtures("kept_reader")
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("count", COUNTS)
def test_keras(
    fuzz: Callable[..., None],
    write_keras: Callable[..., None],
    keras_config: object,
    tmp_path: Path,
    whole: bool,
    count: int,
) -> None:
    path = tmp_path / "net.h5"
    write_keras(path, keras_config if whole else None)
    data = path.read_bytes()
    fuzz(keras_file.read, count, lambda edits: damaged(data, edits))


@pytest.mark.parametrize("count", COUNTS)
def test_pytorch(fuzz: Callable[..., None], state: Mapping[str, Array], count: int) -> None:
    torch: Any = pytest.importorskip("torch")
    tensors = {name: torch.from_numpy(array) for name, array in state.items()}
    archive, legacy = io.BytesIO(), io.BytesIO()
    torch.save({"model": tensors, "epoch": 3}, archive)
    torch.save(tensors, legacy, _use_new_zipfile_serialization=False)
    with zipfile.ZipFile(archive) as file:
        members = {info.filename: file.read(info) for info in file.infolist()}

    def damaged_pickle(edits: Edits) -> bytes:
        """Damage the pickle alone, in an archive that is sound."""
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w") as file:
            for name, data in members.items():
                file.writestr(name, damaged(data, edits) if name.endswith(".pkl") else data)
        return copy.getvalue()

    def make(edits: Edits) -> bytes:
        whole = (archive.getvalue(), legacy.getvalue(), None)[choice(edits, 3)]
        return damaged_pickle(edits) if whole is None else damaged(whole, edits)

    fuzz(pytorch_file.read, count, make)
