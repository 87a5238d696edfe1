"""The Python API: values in place of files; oracle: the same network and inputs as files."""

import subprocess
import sys
from html import escape
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

import zskip
from zskip.engines import DEFAULT
from zskip.flow.compressed import Compressed
from zskip.flow.simulate import SimulationReport
from zskip.model.common.reference import FloatLayer, float_network

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
WEIGHTS = EXAMPLE / "network.npz"
TEST = EXAMPLE / "test.npz"
COUNT = 3


def arrays(path: Path) -> dict[str, Any]:
    """Return the arrays of an archive."""
    with np.load(path) as archive:
        return dict(archive)


@pytest.fixture(scope="module")
def weights() -> dict[str, Any]:
    """The digits network as a mapping."""
    return arrays(WEIGHTS)


@pytest.fixture(scope="module")
def samples() -> Any:
    """Its calibration inputs, as it was trained with them."""
    return arrays(EXAMPLE / "calibration.npz")["inputs"] / 16


@pytest.fixture(scope="module")
def compressed(weights: dict[str, Any], samples: Any) -> Compressed:
    """The network, compressed from values for 4 PEs."""
    return zskip.compress(weights, inputs=samples, config="tiny")


@pytest.fixture(scope="module")
def images() -> tuple[Any, Any]:
    """Some test images and their labels."""
    test = arrays(TEST)
    return test["inputs"][:COUNT] / 16, test["labels"][:COUNT]


@pytest.fixture(scope="module")
def report(
    compressed: Compressed, weights: dict[str, Any], images: tuple[Any, Any]
) -> SimulationReport:
    """The images through the RTL."""
    inputs, labels = images
    return zskip.simulate(
        compressed, inputs, labels=labels, float_weights=weights, simulator="icarus"
    )


def same(left: Compressed, right: Compressed, folder: Path) -> bool:
    """Tell whether two networks give the same file."""
    left.save(folder / "left.npz")
    right.save(folder / "right.npz")
    return (folder / "left.npz").read_bytes() == (folder / "right.npz").read_bytes()


def test_values_give_the_file_that_paths_give(
    compressed: Compressed, samples: Any, tmp_path: Path
) -> None:
    np.save(tmp_path / "samples.npy", samples)
    written = zskip.compress(
        WEIGHTS, tmp_path / "net.npz", inputs=tmp_path / "samples.npy", config=zskip.config("tiny")
    )
    assert written.path == tmp_path / "net.npz"
    assert compressed.path is None
    assert same(compressed, written, tmp_path)
    assert (tmp_path / "net.npz").read_bytes() == (tmp_path / "left.npz").read_bytes()
    assert compressed.file_bytes == (tmp_path / "net.npz").stat().st_size


def test_pairs_lists_and_layers_are_the_mapping(
    compressed: Compressed, weights: dict[str, Any], samples: Any
) -> None:
    names = ("fc1", "fc2", "fc3")
    pairs = [(weights[f"{name}.weight"], weights[f"{name}.bias"]) for name in names]
    lists = [(matrix.tolist(), bias.tolist()) for matrix, bias in pairs]
    layers = [
        FloatLayer(weights=matrix, bias=bias, relu=name != "fc3", name=name)
        for name, (matrix, bias) in zip(names, pairs, strict=True)
    ]
    expected = [layer.weights() for layer in compressed.network.layers]
    for given in (pairs, lists, layers):
        network = zskip.compress(given, inputs=samples, config="tiny").network
        for layer, matrix in zip(network.layers, expected, strict=True):
            np.testing.assert_array_equal(layer.weights(), matrix)
    assert [layer.relu for layer in compressed.network.layers] == [True, True, False]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_any_float_is_taken(weights: dict[str, Any], samples: Any, dtype: Any) -> None:
    given = {name: array.astype(dtype) for name, array in weights.items()}
    result = zskip.compress(given, inputs=samples.astype(dtype)[:20], config="tiny")
    assert result.network.shapes == [(256, 64), (128, 256), (10, 128)]


def test_one_matrix_and_lists_of_numbers_are_networks() -> None:
    matrix = [[1.0, 0.0, -0.5], [0.0, 2.0, 0.0]]
    given = [[1.0, 2.0, 3.0], [0.5, 0.0, 1.0]]
    for form in (np.array(matrix), [matrix], [np.array(matrix)]):
        result = zskip.compress(form, inputs=given, config="tiny")
        assert result.network.shapes == [(2, 3)]
    listed = FloatLayer(weights=cast(Any, matrix), bias=cast(Any, [0, 1]), relu=False)
    assert zskip.compress(listed, inputs=given, config="tiny").network.shapes == [(2, 3)]
    whole = zskip.compress([([[1, 0], [0, 2]], [1, 1])], inputs=[[1, 2], [3, 4]], config="tiny")
    assert whole.network.shapes == [(2, 2)]


def test_sparse_matrices_and_tensors_are_arrays() -> None:
    matrix = np.array([[1.0, 0.0, -0.5], [0.0, 2.0, 0.0]])

    class Sparse:
        """A matrix of scipy.sparse, as far as it matters."""

        shape, dtype = matrix.shape, matrix.dtype

        def toarray(self) -> Any:
            return matrix

    class Tensor:
        """A tensor that needs its graph taken off, as far as it matters."""

        shape, dtype = matrix.shape, "torch.bfloat16"

        def detach(self) -> "Tensor":
            return self

        def cpu(self) -> "Tensor":
            return self

        def float(self) -> Any:
            return matrix.astype(np.float32)

    expected = zskip.compress(matrix, inputs=[[1.0, 2.0, 3.0]], config="tiny").network.layers[0]
    for given in (Sparse(), [(Sparse(), np.zeros(2))], {"fc.weight": Tensor()}):
        layer = zskip.compress(given, inputs=[[1.0, 2.0, 3.0]], config="tiny").network.layers[0]
        np.testing.assert_array_equal(layer.weights(), expected.weights())


class Perceptron:
    """A fitted scikit-learn MLP, as far as it matters."""

    hidden_layer_sizes = (3,)
    out_activation_ = "softmax"

    def __init__(self, activation: str = "relu", *, fitted: bool = True) -> None:
        self.activation = activation
        if fitted:
            rng = np.random.default_rng(1)
            self.coefs_ = [rng.normal(size=(4, 3)), rng.normal(size=(3, 2))]
            self.intercepts_ = [rng.normal(size=3), rng.normal(size=2)]


class KerasModel:
    """A Keras model, as far as it matters."""

    def get_weights(self) -> list[Any]:
        """Return its weights, without a word on what stands between them."""
        return []


@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_perceptron_of_scikit_learn(activation: str) -> None:
    model = Perceptron(activation)
    compressed = zskip.compress(model, inputs=np.ones((2, 4)), config="tiny")
    network = compressed.network
    assert network.shapes == [(3, 4), (2, 3)]
    assert compressed.notes[0].startswith("Softmax 'Perceptron' at the end is taken off")
    assert [layer.relu for layer in network.layers] == [activation == "relu", False]


def test_outputs_and_counters_are_arrays(
    report: SimulationReport, weights: dict[str, Any], images: tuple[Any, Any]
) -> None:
    names = ("fc1", "fc2", "fc3")
    layers = tuple(
        FloatLayer(
            weights=weights[f"{name}.weight"], bias=weights[f"{name}.bias"], relu=name != "fc3"
        )
        for name in names
    )
    exact = float_network(layers, images[0])
    for layer, expected in zip(report.layers, exact, strict=True):
        computed = ~np.isnan(layer.values[0])
        assert layer.values.shape == layer.fixed.shape == expected.shape
        assert layer.fixed.dtype == np.int16
        error = np.abs(layer.values - expected)[:, computed]
        assert float(error.max()) == pytest.approx(layer.max_error)
        np.testing.assert_array_equal(
            layer.values[:, computed], layer.fixed[:, computed] * 2.0**-layer.fraction
        )
        for counter in layer.counters.values():
            assert counter.shape == (COUNT,)
        assert layer.counters["cycles"].mean() == pytest.approx(layer.cost.cycles)
        for name, counter in layer.pe_counters.items():
            assert counter.shape == (COUNT, report.pe_count)
            np.testing.assert_array_equal(counter.sum(axis=1), layer.counters[name])
    assert not np.isnan(report.outputs).any()
    np.testing.assert_array_equal(report.outputs, report.layers[-1].values)
    np.testing.assert_array_equal(report.fixed, report.layers[-1].fixed)
    assert report.accuracy is not None


def test_rows_are_plain_and_alike(report: SimulationReport, compressed: Compressed) -> None:
    for result in (report, compressed):
        rows = result.to_dict()
        assert [row["name"] for row in rows] == ["fc1", "fc2", "fc3"]
        assert len({tuple(row) for row in rows}) == 1
        for row in rows:
            assert all(isinstance(value, str | float | int | None) for value in row.values())


def test_reprs_are_short_and_html_is_a_table(
    report: SimulationReport, compressed: Compressed
) -> None:
    assert repr(compressed.network) == "<Network: 64-256-128-10 on 4 PEs>"
    assert repr(compressed.network.layers[0]) == "<Layer 'fc1': 256 x 64>"
    for result in (report, compressed):
        assert len(repr(result)) < 200
        assert "\n" not in repr(result)
        page = result._repr_html_()
        assert page.count("<tr>") == 4
        assert "<td>fc1</td>" in page
        assert "array(" not in page


def test_notes_are_not_hidden(compressed: Compressed, images: tuple[Any, Any]) -> None:
    clipped = zskip.simulate(compressed, images[0][:2] * 100)
    assert "clipped" in " ".join(clipped.notes)
    for result in (compressed, clipped):
        assert result.notes
        count = len(result.notes)
        assert repr(result).endswith(f"; {count} note{'s' * (count > 1)}>")
        for note in result.notes:
            assert f"<p>{escape(note)}</p>" in result._repr_html_()


@pytest.mark.parametrize(
    ("kind", "cure"),
    [
        ("Pipeline", "give its last step, and inputs as the steps in front of it make them"),
        ("Compressed", "it is compressed already, so give the weights that it was made of"),
        ("Forest", "give one of these"),
    ],
)
def test_what_to_do_with_other_objects(kind: str, cure: str) -> None:
    with pytest.raises(zskip.InputError) as caught:
        zskip.compress(type(kind, (), {})(), inputs=np.ones((2, 2)))
    assert str(caught.value).endswith(f", not {kind}: {cure}")


def test_every_verb_takes_values(
    compressed: Compressed, weights: dict[str, Any], images: tuple[Any, Any], tmp_path: Path
) -> None:
    inputs, labels = images
    verified = zskip.verify(compressed.network, weights, inputs, labels=labels, simulator="icarus")
    assert verified.rtl_equal
    scores = zskip.sensitivity(weights, inputs, labels=labels, densities=(0.1, 1))
    generated = zskip.generate(tmp_path / "drop", network=compressed)
    assert generated.load_words
    for given in (compressed, compressed.network, weights):
        config = "tiny" if given is weights else None
        measured = zskip.bench(weights=given, inputs=inputs, model=True, config=config)
        assert [result.layer for result in measured.results] == ["fc1", "fc2", "fc3"]
    explored = zskip.explore(preset="queue", layers=["NT-We"], scale=0.05, config="tiny")
    for result in (verified, scores, generated, measured, explored):
        assert len(repr(result)) < 250
        assert len({tuple(row) for row in result.to_dict()}) == 1
        page, rows = result._repr_html_(), result.to_dict()
        assert page.count("<tr>") == len(rows) + 1
        columns = [name for name in rows[0] if any(row[name] is not None for row in rows)]
        assert page.count("<th>") == len(columns)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "must hold at least one tensor"),
        ([], "must hold at least one tensor"),
        (None, "must be a path, a mapping"),
        (3, "must be a path, a mapping"),
        ({"fc.weight": np.full((2, 3), np.nan)}, "NaN|finite"),
        ({"fc.weight": np.ones((2, 3), dtype=np.int8)}, "must be of float16.* not int8"),
        ({"fc.weight": np.ones((2, 3, 4))}, "only fully connected layers"),
        ({"fc.weight": "ones"}, "fc.weight must be an array, not str"),
        ({"fc.weight": [[1.0, 2.0], [3.0]]}, "rows of equal length"),
        ({"fc.weight": np.array([[None]])}, "array of numbers, not ndarray of objects"),
        ({"a.weight": np.ones((5, 3)), "a.bias": np.ones(3)}, r"transpose the weights"),
        ({"a.weight": np.ones((5, 3)), "a.bias": np.ones(4)}, "give one per output"),
        ([np.ones((5, 3)), np.ones((2, 4))], "layer sizes must chain"),
        ([np.ones((5, 3)), np.ones(5)], r"one pair \(weights, bias\) for each layer"),
        ([(np.ones((5, 3)), np.ones(5), 1)], "not 3 items"),
        (KerasModel(), r"save\('model.keras'\)"),
        (Perceptron("tanh"), "relu or identity, not tanh"),
        (Perceptron(fitted=False), "must be fitted"),
    ],
)
def test_bad_weights_are_refused_in_one_line(given: Any, message: str) -> None:
    with pytest.raises(zskip.InputError, match=message) as caught:
        zskip.compress(given, inputs=np.ones((2, 3)), config="tiny")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.full((2, 3), np.inf), "finite"),
        (np.ones(3), r"reshape them to \(n, values\)"),
        (np.ones((2, 4)), "inputs"),
        (np.ones((0, 3)), "at least one value"),
        (np.ones((2, 3), dtype=complex), "must be real numbers, not complex128"),
        ([["a", "b", "c"]], "must be real numbers"),
        ([[1.0], [1.0, 2.0]], "rows of equal length"),
        ({"inputs": np.ones((2, 3))}, "inputs must be an array, not dict"),
        (None, "calibration inputs must be given"),
    ],
)
def test_bad_inputs_are_refused_in_one_line(given: Any, message: str) -> None:
    with pytest.raises(zskip.InputError, match=message) as caught:
        zskip.compress([np.ones((2, 3))], inputs=given, config="tiny")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("count", [0, -1, 2.5, "3"])
def test_bad_counts_are_refused(count: Any) -> None:
    with pytest.raises(zskip.InputError, match=r"must be (at least 1|a whole number), not"):
        zskip.compress([np.ones((2, 3))], inputs=np.ones((2, 3)), count=count)


@pytest.mark.parametrize(
    "labels", [np.array([0.0, 1.0, 2.0]), np.eye(3, dtype=int), [1, 2], [[1], [2, 3]]]
)
def test_bad_labels_are_refused(compressed: Compressed, labels: Any) -> None:
    with pytest.raises(zskip.InputError, match="labels must be"):
        zskip.simulate(compressed, np.ones((3, 64)), labels=labels)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"config": "tunde"}, "must be one of .*tuned.*, not 'tunde'"),
        ({"config": {"pe_count": 4}}, "a name or an EngineConfig, not dict"),
        ({"engine": "ei"}, "the engine must be one of .*, not 'ei'"),
        ({"engine": "ei", "config": "tiny"}, "the engine must be one of"),
    ],
)
def test_wrong_names_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(zskip.InputError, match=message):
        zskip.compress([np.ones((2, 3))], inputs=np.ones((2, 3)), **options)


def test_wrong_networks_and_simulators_are_refused(compressed: Compressed) -> None:
    with pytest.raises(zskip.InputError, match="one of verilator, icarus, not 'vcs'"):
        zskip.simulate(compressed, np.ones((1, 64)), simulator="vcs")
    with pytest.raises(zskip.InputError, match=r"must be a path, a Network .* not dict"):
        zskip.simulate(cast(Any, {}), np.ones((1, 64)))
    with pytest.raises(zskip.InputError, match="engine must be one of"):
        zskip.simulate(compressed, np.ones((1, 64)), engine="none")
    with pytest.raises(zskip.InputError, match=r"inputs must have shape \(n, 64\)"):
        zskip.simulate(compressed, np.ones((1, 63)))


def test_configurations_by_name() -> None:
    assert zskip.config() == zskip.engines.engine(DEFAULT).default
    assert zskip.config("tuned", pe_count=16).pe_count == 16
    with pytest.raises(zskip.InputError, match=r"must be one of .*pe_count.*, not 'pes'"):
        zskip.config("tuned", pes=16)


def test_the_package_shows_what_is_public() -> None:
    assert [name for name in dir(zskip) if not name.startswith("_")] == sorted(zskip.__all__)
    for name in zskip.__all__:
        assert getattr(zskip, name) is not None
    code = "import sys, zskip; dir(zskip); print('numpy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert run.stdout == "False\n"
