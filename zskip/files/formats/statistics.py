"""Batch normalizations among named tensors: which layer each is behind."""

import re
from collections.abc import Mapping, Sequence

from zskip.files.formats.guard import quoted
from zskip.files.formats.normalization import Normalization
from zskip.files.formats.tensors import Tensor, vector
from zskip.model.common.errors import InputError

MEAN, VARIANCE, COUNT = "running_mean", "running_var", "num_batches_tracked"
EPSILON = 1e-5
"""What PyTorch adds to a variance unless told otherwise; files of tensors do not tell it."""

Layers = Mapping[str, Mapping[str, Tensor]]


def is_normalization(tensors: Mapping[str, Tensor]) -> bool:
    """Tell whether the tensors of a layer are those of a batch normalization."""
    return MEAN in tensors or VARIANCE in tensors


def normalization(name: str, tensors: Mapping[str, Tensor]) -> Normalization:
    """Make a batch normalization of its tensors.

    Parameters
    ----------
    name : str
        Its name.
    tensors : mapping from str to ndarray
        Its mean and variance, and perhaps its weight and bias.

    Raises
    ------
    InputError
        A tensor is missing, or of a wrong shape or dtype.
    """
    for role in (MEAN, VARIANCE):
        if role not in tensors:
            raise InputError(
                f"tensor {quoted(f'{name}.{role}')} must be there, as others of its normalization "
                "are: write the file again with it"
            )
    length = tensors[MEAN].size
    mean, variance, beta = (
        vector(f"{name}.{role}", tensors.get(role), length) for role in (MEAN, VARIANCE, "bias")
    )
    gamma = vector(f"{name}.weight", tensors.get("weight"), length)
    return Normalization(
        gamma=gamma if "weight" in tensors else gamma + 1,
        beta=beta,
        mean=mean,
        variance=variance,
        epsilon=EPSILON,
    )


def places(layers: Layers) -> dict[str, str]:
    """Find the fully connected layer that each batch normalization is behind.

    It is the only one with the same numbers in its name, as fc1 of bn1, and the one just before
    it in the file otherwise; in both cases it has as many outputs as the normalization values.

    Parameters
    ----------
    layers : mapping from str to mapping from str to ndarray
        The tensors of all layers in the order of the file.

    Returns
    -------
    dict from str to str
        Name of the layer for each name of a normalization.

    Raises
    ------
    InputError
        There is no such layer, or another normalization is behind it already.
    """
    found: dict[str, str] = {}
    before = ""
    linear = [name for name, tensors in layers.items() if not is_normalization(tensors)]
    for name, tensors in layers.items():
        if is_normalization(tensors):
            length = tensors[MEAN if MEAN in tensors else VARIANCE].size
            found[name] = _place(name, length, _candidates(name, linear, before), layers)
            if list(found.values()).count(found[name]) > 1:
                raise _unplaced(name)
        before = name
    return found


def _candidates(name: str, linear: Sequence[str], before: str) -> list[str]:
    """Return the layers that a normalization may be behind, the likeliest first."""
    same = [other for other in linear if _numbers(other) == _numbers(name)]
    return [*(same if len(same) == 1 else []), *([before] if before in linear else [])]


def _place(name: str, length: int, candidates: Sequence[str], layers: Layers) -> str:
    """Return the first candidate of the right size."""
    for other in candidates:
        weights = layers[other].get("weight")
        if weights is not None and weights.ndim and len(weights) == length:
            return other
    raise _unplaced(name)


def _unplaced(name: str) -> InputError:
    """Return the error of a normalization of which the place is not known."""
    return InputError(
        f"normalization {quoted(name)} must be just behind a layer with as many outputs, but the "
        "file does not tell behind which: export the network as ONNX, which does"
    )


def _numbers(name: str) -> list[int]:
    """Return the numbers in a name."""
    return [int(digits[-9:]) for digits in re.findall("[0-9]+", name)]
