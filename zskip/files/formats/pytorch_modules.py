"""Modules in a file of ``torch.save(model)``, as far as their classes say all that they compute.

What stands for a module here is a plain object with its name and its settings: none of PyTorch's
classes is made, and no code of the file is run.
"""

import itertools
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from zskip.files.formats.chain import Chain
from zskip.files.formats.guard import NAME_LENGTH, quoted
from zskip.files.formats.normalization import Normalization
from zskip.files.formats.source import SourceLayers
from zskip.files.formats.tensors import Tensor, matrix, vector
from zskip.model.common.errors import InputError

PACKAGE = "torch.nn.modules"
CLASSES = {
    "activation": ("Hardtanh", "LogSoftmax", "ReLU", "ReLU6", "Sigmoid", "Softmax"),
    "batchnorm": ("BatchNorm1d",),
    "container": ("Sequential",),
    "dropout": ("AlphaDropout", "Dropout"),
    "flatten": ("Flatten",),
    "linear": ("Identity", "Linear"),
}
"""Classes of modules that are read, by the files of PyTorch that they are in."""

BACKEND = "torch.nn.backends.thnn _get_thnn_function_backend"
"""What modules of PyTorch 1.0 or older ask for, and no longer need."""

NAMES = {f"{PACKAGE}.{file} {kind}" for file, kinds in CLASSES.items() for kind in kinds}
MAX_MODULES = 10_000
ENDINGS = ("LogSoftmax", "Sigmoid", "Softmax")


class Module:
    """Stands for a module.

    Attributes
    ----------
    __dict__ : dict
        What the file keeps of it.
    """

    def settings(self, name: str, default: Any = None) -> Any:
        """Return what the file keeps by a name."""
        return vars(self).get(name, default)

    def tensors(self, name: str) -> Mapping[str, Any]:
        """Return tensors, ``_parameters`` or ``_buffers``, or ``_modules``, by their names."""
        found = self.settings(name, {})
        if not isinstance(found, dict):
            raise InputError(f"{name} of a module must be by names: write it with torch.save")
        return found


KINDS = {name: type(name.rpartition(" ")[2], (Module,), {}) for name in sorted(NAMES)}


def no_backend() -> None:
    """Stand for the backend of old modules."""


@contextmanager
def stand_ins(torch: Any) -> Iterator[None]:
    """Let PyTorch make plain objects in place of modules.

    Parameters
    ----------
    torch : module
        PyTorch.
    """
    known: list[Any] = [(kind, name.replace(" ", ".")) for name, kind in KINDS.items()]
    known.append((no_backend, BACKEND.replace(" ", ".")))
    with warnings.catch_warnings(), torch.serialization.safe_globals(known):
        # It warns that it cannot compare the source of these classes.
        warnings.simplefilter("ignore")
        yield


def flat(module: Module) -> Iterator[tuple[str, Module]]:
    """Yield the modules of nested sequences in their order, by their names in a state_dict.

    Parameters
    ----------
    module : Module
        The whole.

    Raises
    ------
    InputError
        A sequence holds something else, or there are more than `MAX_MODULES`.
    """
    todo = [("", module)]
    for count in itertools.count(1):
        if not todo:
            return
        if count > MAX_MODULES:
            raise InputError(f"must have at most {MAX_MODULES:,} modules: cut it into several")
        name, part = todo.pop()
        if type(part).__name__ != "Sequential":
            yield name, part
            continue
        children = part.tensors("_modules")
        for key, child in reversed(list(children.items())):
            if not isinstance(child, Module):
                raise InputError(f"{quoted(str(key))} must be a module: write it with torch.save")
            todo.append((f"{name}.{key}" if name else str(key)[:NAME_LENGTH], child))


def module_tensors(module: Module) -> dict[str, Any]:
    """Return all tensors of a module by their names in a state_dict.

    Parameters
    ----------
    module : Module
        The whole.
    """
    return {
        f"{name}.{key}": tensor
        for name, part in flat(module)
        for role in ("_parameters", "_buffers")
        for key, tensor in part.tensors(role).items()
        if tensor is not None
    }


def module_layers(module: Module, tensors: Mapping[str, Tensor]) -> SourceLayers:
    """Put together the layers of a module.

    Parameters
    ----------
    module : Module
        The whole.
    tensors : mapping from str to ndarray
        What `module_tensors` finds, as arrays.

    Returns
    -------
    SourceLayers
        Of float32.

    Raises
    ------
    InputError
        A module has tensors of wrong shapes, or the network does not end in a layer.
    """
    chain = Chain()
    for name, part in flat(module):
        kind = type(part).__name__
        if kind == "Linear":
            weights = matrix(f"{name}.weight", _needed(tensors, f"{name}.weight"))
            bias = vector(f"{name}.bias", tensors.get(f"{name}.bias"), len(weights))
            chain.linear(name, weights, bias)
        elif kind == "ReLU":
            chain.relu(name)
        elif kind == "ReLU6":
            chain.bound(name, 6.0)
        elif kind == "Hardtanh":
            chain.clip(kind, name, _number(part, name, "min_val"), _number(part, name, "max_val"))
        elif kind == "BatchNorm1d":
            chain.normalize(name, _normalization(part, name, tensors))
        elif kind in ENDINGS:
            if part.settings("dim", 1) not in (1, -1, None):
                raise InputError(f"{kind} {quoted(name)} must be along axis 1: build it with dim=1")
            chain.end(kind, name)
    return chain.finish()


def _normalization(part: Module, name: str, tensors: Mapping[str, Tensor]) -> Normalization:
    """Return a batch normalization with its running statistics."""
    mean = _needed(tensors, f"{name}.running_mean")
    ones = np.ones(mean.shape, dtype=np.float32)
    gamma = tensors.get(f"{name}.weight", ones)
    return Normalization(
        gamma=vector(f"{name}.weight", gamma, mean.size),
        beta=vector(f"{name}.bias", tensors.get(f"{name}.bias"), mean.size),
        mean=vector(f"{name}.running_mean", mean, mean.size),
        variance=vector(f"{name}.running_var", _needed(tensors, f"{name}.running_var"), mean.size),
        epsilon=_number(part, name, "eps", 1e-5),
    )


def _number(part: Module, name: str, setting: str, default: float | None = None) -> float:
    """Return a setting that must be a finite number."""
    value = part.settings(setting, default)
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(
            f"{setting} of {type(part).__name__} {quoted(name)} must be a number: save it again"
        )
    return float(value)


def _needed(tensors: Mapping[str, Tensor], name: str) -> Tensor:
    """Return a tensor that must be there."""
    if name not in tensors:
        raise InputError(f"tensor {quoted(name)} must be there: write the file again with it")
    return tensors[name]
