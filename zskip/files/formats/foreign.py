"""Tensors of a file of named tensors that are not of a fully connected layer, by their names."""

import re
from collections.abc import Mapping

from zskip.files.formats.guard import quoted
from zskip.files.formats.tensors import Tensor
from zskip.model.common.errors import InputError

RECURRENT = re.compile(r"(weight|bias)_(ih|hh)(_l[0-9]+(_reverse)?)?")
GATES = {4: "an LSTM", 3: "a GRU", 1: "an RNN"}
ATTENTION = ("in_proj_weight", "in_proj_bias", "q_proj_weight", "k_proj_weight", "v_proj_weight")
QUANTIZED = (
    *("_packed_params", "qweight", "qzeros", "weight_fake_quant", "zero_point"),
    *("weight_scale", "weight_zero_point", "activation_post_process", "fake_quant_enabled"),
)
MATRIX, CONVOLUTIONS = 2, range(3, 6)


def check_names(tensors: Mapping[str, Tensor | None]) -> None:
    """Check that no tensor has a name that layers of another kind give.

    Parameters
    ----------
    tensors : mapping from str to ndarray or None
        The tensors by name; None where the values are not known yet.

    Raises
    ------
    InputError
        One has; its kind is named.
    """
    for name, values in tensors.items():
        role = name.rpartition(".")[2]
        if RECURRENT.fullmatch(role):
            kind = _recurrent(tensors.get(name.replace("_ih", "_hh"), values))
            raise _refused(name, f"is of {kind}", "only networks without state can be compressed")
        if role in ATTENTION:
            raise _refused(name, "is of an attention", "only chains of layers can be compressed")
        if any(part in QUANTIZED for part in name.split(".")):
            raise _refused(
                name,
                "is of a quantized model",
                "save the state_dict of the model before it is quantized, or export ONNX",
            )


def check_weights(name: str, values: Tensor) -> None:
    """Check that a tensor called ``weight`` is a matrix, and say what it is of otherwise.

    Parameters
    ----------
    name : str
        Its name.
    values : ndarray
        The tensor.

    Raises
    ------
    InputError
        It is no matrix, but of another kind of layer.
    """
    if values.ndim in CONVOLUTIONS:
        raise _refused(
            name,
            f"of shape {values.shape} is of a convolution",
            "only fully connected layers can be compressed, so save those behind it",
        )
    if values.ndim == 1:
        kind = "a PReLU" if values.size == 1 else "a normalization without statistics (LayerNorm)"
        raise _refused(
            name,
            f"of shape {values.shape} is no matrix, as of {kind}",
            "only fully connected layers, ReLU and BatchNorm can be compressed",
        )


def _recurrent(values: Tensor | None) -> str:
    """Name the kind of a recurrent layer by how many gates its square weights hold."""
    if values is None or values.ndim != MATRIX or not values.size:
        return "a recurrent layer (LSTM, GRU or RNN)"
    return GATES.get(values.shape[0] / values.shape[1], "a recurrent layer")


def _refused(name: str, what: str, advice: str) -> InputError:
    """Return the error of a tensor."""
    return InputError(
        f"must hold fully connected layers only, but tensor {quoted(name)} {what}: {advice}"
    )
