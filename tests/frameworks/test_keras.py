"""Classifiers of Keras through the RTL; oracle: Keras's own outputs."""

import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
pytest.importorskip("torch", reason="Keras computes with it here")
keras: Any = pytest.importorskip("keras")
pytest.importorskip("h5py")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


def functional() -> Any:
    """A model of the functional interface that ends in Softmax."""
    inputs = keras.Input((64,))
    hidden = keras.layers.Dense(48, activation="relu")(inputs)
    hidden = keras.layers.BatchNormalization()(keras.layers.Dropout(0.1)(hidden))
    return keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(hidden))


def sequential() -> Any:
    """A chain whose activations are layers of their own."""
    layers = keras.layers
    chain = [layers.Dense(48), layers.ReLU(), layers.Dense(10), layers.Softmax()]
    return keras.Sequential([keras.Input((64,)), *chain])


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("make", [functional, sequential])
def test_a_classifier(digits: Any, check: Any, tmp_path: Path, make: Any, suffix: str) -> None:
    keras.utils.set_random_seed(1)
    model = make()
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy")
    model.fit(digits.train, digits.train_labels, epochs=12, batch_size=128, verbose=0)
    path = tmp_path / f"net{suffix}"
    model.save(path)
    # Four bits shift the means of a layer that a normalization is folded into.
    corrected = make is functional
    check(path, model.predict(digits.test, verbose=0), bias_correction=corrected)
