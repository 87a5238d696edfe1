"""A network that the tests of several formats write by hand, and the means to write it."""

import json
import math
import os
import resource
import signal
import warnings
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

FORK_SECONDS = 5.0
"""How long a fork may read one of the small files of the tests."""

DEFECT = 9
"""Exit status of a fork that raised something."""

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


def fork() -> int:
    """Fork without a warning of other threads, which the child does without."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


@pytest.fixture
def forked_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read HDF5 files in a fork of this process: as apart as in a new one, but sooner."""
    child = pytest.importorskip("zskip.files.formats.keras_child")

    def work(path: Path, limit: int, seconds: float, target: int) -> None:
        """Read within limits: those of the process, but on top of what this one has."""
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(math.ceil(min(seconds, FORK_SECONDS)))
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        most = size + child.MEMORY + 2 * limit
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with os.fdopen(target, "wb") as output:
            child.report(str(path), limit, output)

    @contextmanager
    def run_reader(path: Path, limit: int, seconds: float) -> Iterator[IO[bytes]]:
        source, target = os.pipe()
        if (process := fork()) == 0:
            try:
                work(path, limit, seconds, target)
                os._exit(0)
            finally:
                os._exit(DEFECT)
        os.close(target)
        try:
            with os.fdopen(source, "rb") as stream:
                yield stream
        except EOFError:
            status = os.waitpid(process, 0)[1]
            process = 0
            assert os.WIFSIGNALED(status), "the reader must end by itself only after its report"
            raise InputError(f"the reader ended by signal {os.WTERMSIG(status)}") from None
        finally:
            if process:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)

    monkeypatch.setattr(keras_h5, "run_reader", run_reader)


@pytest.fixture
def write_keras(network: Sequence[FloatLayer]) -> Callable[..., None]:
    """Write an HDF5 file as Keras does: a whole model, or without a configuration its weights."""
    h5py = pytest.importorskip("h5py")

    def write(
        path: Path, config: object, more: Mapping[str, Mapping[str, Array]] | None = None
    ) -> None:
        tensors = {layer.name: {"kernel": layer.weights.T, "bias": layer.bias} for layer in network}
        tensors |= more or {}
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
