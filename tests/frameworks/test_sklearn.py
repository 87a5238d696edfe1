"""Classifiers of scikit-learn through the RTL; oracle: what scikit-learn predicts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zskip
from zskip.engines import engine_of

networks: Any = pytest.importorskip("sklearn.neural_network")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


def trained(digits: Any, *hidden: int, seed: int = 1) -> Any:
    """Train a classifier."""
    model = networks.MLPClassifier(hidden, max_iter=60, random_state=seed)
    return model.fit(digits.train, digits.train_labels)


def test_an_object(digits: Any, check: Any) -> None:
    model = trained(digits, 64, 32)
    check(model, model.predict_proba(digits.test))


def test_an_onnx_file(digits: Any, check: Any, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    skl2onnx: Any = pytest.importorskip("skl2onnx")
    model = trained(digits, 64)
    path = tmp_path / "net.onnx"
    path.write_bytes(skl2onnx.to_onnx(model, digits.train[:1]).SerializeToString())
    check(path, model.predict_proba(digits.test))


def test_small_dense_classifiers_lose_less_than_a_percent(digits: Any) -> None:
    config = zskip.config(pe_count=4)
    lost = []
    for seed in range(6):
        model = trained(digits, 32, seed=seed)
        network = zskip.compress(model, inputs=digits.train[:300], config=config).network
        inputs = network.quantize_inputs(digits.test.astype(np.float64))
        found = engine_of(config).run(network, inputs).outputs.argmax(axis=1)
        right = float(np.mean(found == digits.test_labels))
        lost.append(model.score(digits.test, digits.test_labels) - right)
    assert np.mean(lost) < 0.01
