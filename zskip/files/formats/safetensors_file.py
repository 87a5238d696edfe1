"""Weights in a ``.safetensors`` file: ``<layer>.weight`` and, if there is one, ``<layer>.bias``.

The format keeps no order, so the layers are taken in the order of their names, with numbers in
them compared as numbers.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from zskip.files.formats.guard import check_growth, decoding, naming, need
from zskip.files.formats.packed import unpacked
from zskip.files.formats.source import SourceLayers
from zskip.files.formats.state import layers_by_name
from zskip.files.formats.tensors import Tensor, check_dtype, natural
from zskip.model.common.float_network import check_float_network

KIND = "safetensors file"
BFLOAT16 = "BF16"
DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", BFLOAT16: "<u2", "U8": "|u1", "BOOL": "|b1"}
DTYPES |= {"I8": "|i1", "I16": "<i2", "I32": "<i4", "I64": "<i8"}
"""Types of the tensors that are read; those that are no floats are good for masks and counts."""


def read(path: Path) -> SourceLayers:
    """Read the layers in the natural order of their names.

    Every layer but the last is taken to end in ReLU. A layer without a bias gets one of zeros.
    Masks of ``torch.nn.utils.prune`` are applied, and weights without their zeros filled up
    (`packed`).

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    SourceLayers
        Of float32.

    Raises
    ------
    InputError
        The file cannot be read, is damaged, or holds something else than such a network.
    """
    with naming(path) as size:
        library = need("safetensors", "safetensors")
        check_growth(size, size)
        with decoding(KIND):
            contents = dict(library.deserialize(path.read_bytes()))
        tensors = unpacked({name: _decode(name, contents[name]) for name in contents})
        order = sorted(tensors, key=lambda name: natural(name.rpartition(".")[0]))
        layers = layers_by_name({name: tensors[name] for name in order})
        check_float_network(layers)
    return layers


def _decode(name: str, tensor: Mapping[str, Any]) -> Tensor:
    """Make an array of the bytes of a tensor, which the library has checked against its shape."""
    dtype = tensor["dtype"]
    if dtype not in DTYPES:
        check_dtype(name, dtype)
    with decoding(KIND):
        values = np.frombuffer(tensor["data"], dtype=DTYPES[dtype]).reshape(tensor["shape"])
    if dtype == BFLOAT16:
        # A bfloat16 is the upper half of a float32.
        return (values.astype(np.uint32) << 16).view(np.float32)
    return values
