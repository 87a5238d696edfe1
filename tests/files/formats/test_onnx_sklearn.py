"""Perceptrons of scikit-learn by skl2onnx; oracle: what scikit-learn predicts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zskip.files.formats.onnx_file import read
from zskip.model.common.errors import InputError
from zskip.model.common.reference import float_network

pytest.importorskip("onnx")
networks: Any = pytest.importorskip("sklearn.neural_network")
skl2onnx: Any = pytest.importorskip("skl2onnx")
pytestmark = pytest.mark.filterwarnings("ignore")

INPUTS = np.random.default_rng(3).standard_normal((60, 6)).astype(np.float32)
CLASSES = INPUTS[:, :3].argmax(axis=1)


@pytest.mark.parametrize("opset", [9, 17])
@pytest.mark.parametrize("zipmap", [True, False])
@pytest.mark.parametrize("labels", [CLASSES, np.array(["a", "b", "c"])[CLASSES]])
def test_a_classifier(tmp_path: Path, opset: int, zipmap: bool, labels: Any) -> None:
    model = networks.MLPClassifier((8, 5), max_iter=30, random_state=1).fit(INPUTS, labels)
    options = {id(model): {"zipmap": zipmap}}
    exported = skl2onnx.to_onnx(model, INPUTS[:1], options=options, target_opset=opset)
    path = tmp_path / "net.onnx"
    path.write_bytes(exported.SerializeToString())
    layers = read(path)
    outputs = np.exp(float_network(layers, INPUTS)[-1])
    given = outputs / outputs.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(given, model.predict_proba(INPUTS), rtol=1e-4, atol=1e-5)
    assert layers.notes[0].startswith("Softmax ")


def test_a_regressor(tmp_path: Path) -> None:
    model = networks.MLPRegressor(hidden_layer_sizes=(8,), max_iter=30, random_state=1)
    model.fit(INPUTS, INPUTS[:, 0])
    path = tmp_path / "net.onnx"
    path.write_bytes(skl2onnx.to_onnx(model, INPUTS[:1]).SerializeToString())
    given = float_network(read(path), INPUTS)[-1]
    np.testing.assert_allclose(given[:, 0], model.predict(INPUTS), rtol=1e-4, atol=1e-4)


def test_a_scaler_in_front(tmp_path: Path) -> None:
    pipeline = pytest.importorskip("sklearn.pipeline")
    scaler = pytest.importorskip("sklearn.preprocessing").StandardScaler()
    inputs = 3 * INPUTS + np.arange(6, dtype=np.float32)
    model = networks.MLPRegressor(hidden_layer_sizes=(8,), max_iter=30, random_state=1)
    whole = pipeline.make_pipeline(scaler, model).fit(inputs, INPUTS[:, 0])
    path = tmp_path / "net.onnx"
    path.write_bytes(skl2onnx.to_onnx(whole, inputs[:1]).SerializeToString())
    given = float_network(read(path), inputs)[-1]
    np.testing.assert_allclose(given[:, 0], whole.predict(inputs), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("module", "name", "cause"),
    [
        ("sklearn.tree", "DecisionTreeClassifier", "TreeEnsembleClassifier.*no neural network"),
        ("sklearn.svm", "SVC", "SVMClassifier.*no neural network"),
    ],
)
def test_no_network(tmp_path: Path, module: str, name: str, cause: str) -> None:
    model = getattr(pytest.importorskip(module), name)().fit(INPUTS, CLASSES)
    path = tmp_path / "net.onnx"
    path.write_bytes(skl2onnx.to_onnx(model, INPUTS[:1]).SerializeToString())
    with pytest.raises(InputError, match=cause):
        read(path)
