"""Layers of a ``torch.nn.Module``, as its forward runs them."""

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.files.arrays import as_array
from zskip.files.formats.chain import Chain
from zskip.files.formats.guard import need
from zskip.files.formats.normalization import Normalization
from zskip.files.formats.source import SourceLayers, ending_note
from zskip.files.formats.tensors import Float32Array, matrix, vector
from zskip.model.common.errors import InputError

RELU = ("ReLU", "relu", "relu_")
"""Modules, functions and methods that are a ReLU."""

NEUTRAL = ("Dropout", "AlphaDropout", "Flatten", "Identity", "dropout", "flatten", "view")
NEUTRAL += ("reshape", "contiguous", "float", "squeeze")
"""Those that change no value in inference."""

LAST = {
    **{kind: kind for kind in ("Softmax", "LogSoftmax", "Sigmoid")},
    "softmax": "Softmax",
    "log_softmax": "LogSoftmax",
    "sigmoid": "Sigmoid",
}
"""Those that keep the order of the outputs: behind the last layer they are taken off."""

SIZES = ("size", "getattr", "getitem", "len")
"""Those that ask for a shape."""


def module_layers(model: Any) -> SourceLayers:
    """Return the layers of a module in the order in which its forward runs them.

    A batch normalization is folded with its running statistics, whatever mode the module is in;
    a softmax or sigmoid behind the last layer is taken off, which a note says.

    Parameters
    ----------
    model : torch.nn.Module
        Linear, ReLU, BatchNorm1d, Dropout, Flatten and Identity, one behind the other.

    Returns
    -------
    SourceLayers
        Of float32.

    Raises
    ------
    InputError
        The module computes something else, which is named, or its forward cannot be traced.
    """
    _check_values(model)
    if not list(model.children()):
        model = need("torch", "train").nn.Sequential(model)
    modules = dict(model.named_modules())
    chain = Chain()
    last = None
    notes = []
    for kind, name, module in _steps(model, modules):
        if last is not None and kind not in NEUTRAL:
            raise InputError(
                f"{last} must be the last operation, but {kind} comes behind it: take it out of "
                "the model; only ReLU can stand between layers"
            )
        if kind in LAST:
            last = kind
            notes.append(ending_note(LAST[kind], name))
        elif kind in RELU:
            chain.relu(name)
        elif kind in ("ReLU6", "relu6"):
            chain.bound(name, 6.0)
        elif kind == "Hardtanh":
            chain.clip(kind, name, module.min_val, module.max_val)
        elif kind not in NEUTRAL:
            _add(chain, kind, name, module)
    layers = chain.finish()
    return SourceLayers(layers, (*layers.notes, *notes))


def _add(chain: Chain, kind: str, name: str, module: Any) -> None:
    """Add a module with parameters."""
    torch = need("torch", "train")
    if isinstance(module, torch.nn.Linear):
        from zskip.train.layers import current

        weights = matrix(f"{name}.weight", _array(current(module, "weight")))
        bias = None
        if module.bias is not None:
            bias = vector(f"{name}.bias", _array(current(module, "bias")), len(weights))
        chain.linear(name, weights, bias)
    elif isinstance(module, torch.nn.BatchNorm1d):
        chain.normalize(name, _normalization(module, name))
    else:
        raise InputError(
            f"only fully connected layers with ReLU can be compressed, but {name!r} is {kind}: "
            "give the part of the model that is Linear, ReLU, BatchNorm1d and Dropout"
        )


def _normalization(module: Any, name: str) -> Normalization:
    """Return the parameters of a batch normalization."""
    torch = need("torch", "train")
    if module.running_mean is None:
        raise InputError(
            f"BatchNorm1d {name!r} must keep running statistics, but has none, so that outputs "
            "depend on the batch: train it with track_running_stats=True"
        )
    ones, zeros = torch.ones_like(module.running_mean), torch.zeros_like(module.running_mean)

    def values(what: str, tensor: Any) -> Float32Array:
        return vector(f"{name}.{what}", _array(tensor), len(ones))

    return Normalization(
        gamma=values("weight", ones if module.weight is None else module.weight),
        beta=values("bias", zeros if module.bias is None else module.bias),
        mean=values("running_mean", module.running_mean),
        variance=values("running_var", module.running_var),
        epsilon=module.eps,
    )


def _check_values(model: Any) -> None:
    """Check that every parameter has values."""
    lazy = need("torch", "train").nn.parameter.is_lazy
    for name, tensor in model.named_parameters():
        if lazy(tensor) or tensor.is_meta:
            raise InputError(
                f"parameter {name!r} must have values, but has none yet: run the model once first"
            )


def _array(tensor: Any) -> NDArray[np.generic]:
    """Return a parameter as an array."""
    return as_array(tensor, "a parameter")


def _steps(model: Any, modules: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield kind, name and module of every operation of a forward, first to last."""
    before: Any = None
    for node in _traced(model).nodes:
        kind = _kind(node, modules)
        if node.op in ("placeholder", "get_attr"):
            if before is not None:
                raise InputError(
                    f"a model must be a chain of layers from one input, but takes {node.name!r} "
                    "too: give the part of it that is one"
                )
            before = node
        elif node.op != "output" and kind not in SIZES:
            used = [user for user in before.users if _kind(user, modules) not in SIZES]
            if node.args[:1] != (before,) or len(used) != 1:
                raise InputError(
                    f"a model must be a chain of layers, but {kind} takes something else than the "
                    "result of the operation before it, or not alone: residual and parallel "
                    "branches cannot be compressed"
                )
            yield kind, str(node.target), modules.get(str(node.target))
            before = node


def _traced(model: Any) -> Any:
    """Return the graph of a forward."""
    tracing = importlib.import_module("torch.fx")

    try:
        return tracing.Tracer().trace(model)
    except Exception as error:
        why = (str(error).splitlines() or [type(error).__name__])[0].split(". ")[0]
        raise InputError(
            f"the forward of {type(model).__name__} must be a plain chain of layers, but cannot be "
            f"traced ({why}): export the model as ONNX, or give a list of (weights, bias)"
        ) from None


def _kind(node: Any, modules: dict[str, Any]) -> str:
    """Return the name of the class, function or method of a node."""
    if node.op == "call_module":
        return type(modules[node.target]).__name__ if node.target in modules else str(node.target)
    return str(getattr(node.target, "__name__", node.target))
