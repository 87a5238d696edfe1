"""A network that the tests of several formats write by hand, and the means to write it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from zskip.files.formats import keras_h5
from zskip.model.common.errors import InputError
from zskip.model.common.reference import FloatLayer

Array = NDArray[Any]
SIZES = (12, 8, 5, 3)
NAMES = ("fc1", "fc2", "fc10")

PROGRAM = """
import io, json, resource, signal, sys
from zskip.files.formats import keras_child
limit = keras_child.MEMORY + 2**28
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
for line in sys.stdin:
    output = io.BytesIO()
    signal.alarm(5)
    keras_child.report(*json.loads(line), output)
    signal.alarm(0)
    data = output.getvalue()
    sys.stdout.buffer.write(len(data).to_bytes(8, "little") + data)
    sys.stdout.buffer.flush()
"""
"""What a kept process runs."""

SAFETENSORS = {"bool": "BOOL", "uint8": "U8", "int32": "I32"}
SAFETENSORS |= {"float16": "F16", "float32": "F32", "float64": "F64"}


@pytest.fixture
def network() -> tuple[FloatLayer, ...]:
    """A perceptron of three layers with random weights."""
    rng = np.random.default_rng(4)
    return tuple(
        FloatLayer(
            weights=rng.standard_normal((outputs, inputs)).astype(np.float32),
            bias=rng.standard_normal(outputs).astype(np.float32),
            relu=name != NAMES[-1],
            name=name,
        )
        for name, inputs, outputs in zip(NAMES, SIZES, SIZES[1:], strict=False)
    )


@pytest.fixture
def state(network: Sequence[FloatLayer]) -> dict[str, Array]:
    """The network as tensors by name."""
    tensors = {}
    for layer in network:
        tensors[f"{layer.name}.weight"] = layer.weights
        tensors[f"{layer.name}.bias"] = layer.bias
    return tensors


@pytest.fixture
def same() -> Callable[[Sequence[FloatLayer], Sequence[FloatLayer]], None]:
    """Assert that two networks are the same to the last bit."""

    def check(given: Sequence[FloatLayer], expected: Sequence[FloatLayer]) -> None:
        assert [layer.name for layer in given] == [layer.name for layer in expected]
        assert [layer.relu for layer in given] == [layer.relu for layer in expected]
        for layer, other in zip(given, expected, strict=True):
            for array, wanted in ((layer.weights, other.weights), (layer.bias, other.bias)):
                assert array.dtype == np.float32
                assert array.flags.c_contiguous
                assert array.shape == wanted.shape
                assert array.tobytes() == wanted.tobytes()

    return check


@pytest.fixture
def refused() -> Callable[[Callable[[Path], Any], Path], str]:
    """Call a reader that must refuse a file; return what it says behind the path."""

    def call(read: Callable[[Path], Any], path: Path) -> str:
        with pytest.raises(InputError) as caught:
            read(path)
        message = str(caught.value)
        assert message.startswith(f"{path}: ")
        assert message.isprintable()
        assert len(message) < 700
        return message.removeprefix(f"{path}: ")

    return call


@pytest.fixture
def safetensors_bytes() -> Callable[[Mapping[str, Array]], bytes]:
    """Make the bytes of a safetensors file by hand."""

    def make(tensors: Mapping[str, Array]) -> bytes:
        header, data = {}, b""
        for name, array in tensors.items():
            header[name] = {
                "dtype": SAFETENSORS[array.dtype.name],
                "shape": array.shape,
                "data_offsets": [len(data), len(data) + array.nbytes],
            }
            data += array.tobytes()
        text = json.dumps(header).encode()
        return len(text).to_bytes(8, "little") + text + data

    return make


@pytest.fixture
def onnx_bytes() -> Callable[..., bytes]:
    """Make the bytes of an ONNX file of nodes and given tensors."""
    onnx = pytest.importorskip("onnx")

    def make(
        nodes: Sequence[Any],
        tensors: Mapping[str, Array] | None = None,
        *,
        shape: Sequence[int | str] = ("batch", SIZES[0]),
        opset: int = 20,
        output: str = "y",
    ) -> bytes:
        floats = onnx.TensorProto.FLOAT
        graph = onnx.helper.make_graph(
            nodes,
            "network",
            [onnx.helper.make_tensor_value_info("x", floats, shape)],
            [onnx.helper.make_tensor_value_info(output, floats, None)],
            [onnx.numpy_helper.from_array(a, name) for name, a in (tensors or {}).items()],
        )
        imports = [onnx.helper.make_opsetid("", opset)]
        return onnx.helper.make_model(graph, opset_imports=imports).SerializeToString()

    return make


@pytest.fixture
def gemm_model(
    onnx_bytes: Callable[..., bytes], network: Sequence[FloatLayer], state: Mapping[str, Array]
) -> bytes:
    """The network as Gemm and Relu."""
    onnx = pytest.importorskip("onnx")
    nodes, data = [], "x"
    for layer in network:
        inputs = [data, f"{layer.name}.weight", f"{layer.name}.bias"]
        result = f"{layer.name}_sum" if layer.relu else "y"
        nodes.append(onnx.helper.make_node("Gemm", inputs, [result], transB=1))
        if layer.relu:
            data = f"{layer.name}_out"
            nodes.append(onnx.helper.make_node("Relu", [result], [data]))
    return onnx_bytes(nodes, state)


@pytest.fixture
def keras_config(network: Sequence[FloatLayer]) -> dict[str, Any]:
    """The architecture of the network as Keras 3 writes it, as far as it matters."""
    layers: list[dict[str, Any]] = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, SIZES[0]], "name": "input"}}
    ]
    for layer in network:
        settings = {"name": layer.name, "units": len(layer.bias), "use_bias": True}
        settings["activation"] = "relu" if layer.relu else "linear"
        layers.append({"class_name": "Dense", "config": settings})
    return {"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}}


class Reader:
    """Reads HDF5 files in a process apart, as `run_reader` does, but in the same for many files.

    When the process crashes or hangs, the next file gets a new one.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def run(self, path: Path, limit: int, seconds: float) -> Iterator[IO[bytes]]:
        """Stand in for `run_reader`."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", PROGRAM],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        requests.write(json.dumps([str(path), limit]).encode() + b"\n")
        requests.flush()
        size = answers.read(8)
        if len(size) < 8:
            status = self.close()
            assert status < 0, "the reader must never raise anything"
            raise InputError(f"{path}: the reader was ended by signal {-status}")
        yield io.BytesIO(answers.read(int.from_bytes(size, "little")))

    def close(self) -> int:
        """End the process; return its status."""
        if self._process is None:
            return 0
        with self._process as process:
            self._process = None
        return process.returncode


@pytest.fixture(scope="session")
def kept_process() -> Iterator[Reader]:
    """A process that reads HDF5 files for all tests."""
    reader = Reader()
    yield reader
    reader.close()


@pytest.fixture
def kept_reader(kept_process: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read HDF5 files without a new process for each."""
    monkeypatch.setattr(keras_h5, "run_reader", kept_process.run)


@pytest.fixture
def write_keras(network: Sequence[FloatLayer]) -> Callable[..., None]:
    """Write an HDF5 file as Keras does: a whole model, or without a configuration its weights."""
    h5py = pytest.importorskip("h5py")

    def write(
        path: Path, config: object, more: Mapping[str, Mapping[str, Array]] | None = None
    ) -> None:
        tensors: dict[str, Mapping[str, Array]] = {
            layer.name: {"kernel": layer.weights.T, "bias": layer.bias} for layer in network
        }
        tensors.update(more or {})
        with h5py.File(path, "w") as file:
            group = file
            if config is not None:
                file.attrs["model_config"] = json.dumps(config)
                group = file.create_group("model_weights")
            group.attrs["layer_names"] = [name.encode() for name in tensors]
            for name, arrays in tensors.items():
                layer = group.create_group(name)
                paths = {key: f"sequential/{name}/{key}" for key in arrays}
                layer.attrs["weight_names"] = [path.encode() for path in paths.values()]
                for key, array in arrays.items():
                    layer[paths[key]] = array

    return write
