"""Tensors of the layers of a Keras file, and the layers of a file without a model."""

from collections.abc import Mapping, Sequence

import numpy as np

from zskip.files.formats.guard import damaged, listed, quoted
from zskip.files.formats.keras_h5 import KIND
from zskip.files.formats.normalization import Normalization
from zskip.files.formats.source import SourceLayers
from zskip.files.formats.state import with_relu
from zskip.files.formats.tensors import Float32Array, Tensor, matrix, vector
from zskip.model.common.errors import InputError

NORMALIZATION = ("gamma", "beta", "moving_mean", "moving_variance")
"""Variables of a batch normalization in their order; a setting leaves out each of the first two."""

EPSILON = 1e-3
"""What Keras adds to a variance unless told otherwise; files of weights do not tell it."""


def dense(name: str, tensors: Mapping[str, Tensor]) -> tuple[Float32Array, Float32Array]:
    """Return weights and biases of a fully connected layer; zeros if it has no biases.

    Parameters
    ----------
    name : str
        Its name.
    tensors : mapping from str to ndarray
        Its kernel, of shape (inputs, outputs), and perhaps its bias, by their paths.

    Returns
    -------
    ndarray of float32, shape (outputs, inputs)
    ndarray of float32, shape (outputs,)

    Raises
    ------
    InputError
        A tensor is missing, one too many, or of a wrong shape or dtype.
    """
    if any(tensors[path].dtype == np.int8 for path in tensors):
        raise InputError(
            f"layer {quoted(name)} must hold floats, but is quantized to integers, as by "
            "model.quantize of Keras: save the model before it is"
        )
    values = _by_role(name, tensors, ("kernel", "bias"))
    weights = matrix(f"{name}/kernel", _needed(name, values, "kernel").T)
    return weights, vector(f"{name}/bias", values.get("bias"), len(weights))


def statistics(
    name: str,
    tensors: Mapping[str, Tensor],
    roles: Sequence[str],
    length: int | None,
    epsilon: float,
) -> Normalization:
    """Make a batch normalization of its tensors.

    Parameters
    ----------
    name : str
        Its name.
    tensors : mapping from str to ndarray
        Its tensors by their paths.
    roles : sequence of str
        Those of `NORMALIZATION` that it must have.
    length : int or None
        How many values there are, if that is known.
    epsilon : float
        What is added to the variance.

    Raises
    ------
    InputError
        A tensor is missing, one too many, or of a wrong shape or dtype.
    """
    values = _by_role(name, tensors, roles)
    length = length or _needed(name, values, "moving_mean").size
    given = {
        role: vector(f"{name}/{role}", _needed(name, values, role), length)
        for role in (*roles, "moving_mean", "moving_variance")
    }
    return Normalization(
        gamma=given.get("gamma", np.ones(length, dtype=np.float32)),
        beta=given.get("beta", np.zeros(length, dtype=np.float32)),
        mean=given["moving_mean"],
        variance=given["moving_variance"],
        epsilon=epsilon,
    )


def assumed_layers(tensors: Mapping[str, Mapping[str, Tensor]]) -> SourceLayers:
    """Put together the layers of a file without a model, in its order.

    Parameters
    ----------
    tensors : mapping from str to mapping from str to ndarray
        The tensors of each layer by their paths. A batch normalization is folded into the layer
        before it.

    Returns
    -------
    SourceLayers
        As `zskip.files.formats.state.with_relu` makes them.

    Raises
    ------
    InputError
        A layer is neither of the two, or a normalization is not behind a fully connected one.
    """
    layers: list[tuple[str, Float32Array, Float32Array]] = []
    norms: dict[str, tuple[str, Normalization]] = {}
    for name, given in tensors.items():
        ends = {path.rpartition("/")[2].removesuffix(":0") for path in given}
        if "moving_mean" not in ends:
            layers.append((name, *dense(name, given)))
            continue
        if not layers or layers[-1][0] in norms:
            raise InputError(
                f"normalization {quoted(name)} must be just behind a fully connected layer: save "
                "the whole model, as .keras"
            )
        roles = [role for role in NORMALIZATION if role in ends]
        norms[layers[-1][0]] = name, statistics(name, given, roles, len(layers[-1][2]), EPSILON)
    return with_relu(layers, norms)


def _by_role(name: str, tensors: Mapping[str, Tensor], roles: Sequence[str]) -> dict[str, Tensor]:
    """Return the tensors of a layer by the last parts of their paths."""
    values = {path.rpartition("/")[2].removesuffix(":0"): tensors[path] for path in tensors}
    extra = [role for role in values if role not in roles]
    if extra:
        raise InputError(
            f"layer {quoted(name)} must have no tensors but {' and '.join(roles)}, not "
            f"{listed(extra)}: save a whole model of fully connected layers"
        )
    return values


def _needed(name: str, values: Mapping[str, Tensor], role: str) -> Tensor:
    """Return a tensor that must be there."""
    if role not in values:
        raise damaged(KIND, f"layer {quoted(name)} has no {role}")
    return values[role]
