"""Weights of a PyTorch model as a file that `zskip.files.weights` reads."""

import io
import os
import zipfile
from pathlib import Path

from numpy.lib import format as npy
from torch import nn

from zskip.files.atomic import write_file
from zskip.files.formats.npz import BIAS, WEIGHT
from zskip.model.common.errors import InputError
from zskip.train.layers import float_layers, linear_layers

SUFFIX = ".npz"
"""End of the name of the file."""


def export(model: nn.Module, path: str | os.PathLike[str]) -> None:
    """Write the weights of a model as they are now: dense, pruned or shared.

    The archive holds ``<layer>.weight``, outputs x inputs, and, where the layer has one,
    ``<layer>.bias``, both float32, in the order in which the layers are defined; that must be the
    order in which they run. Shared weights are the trained centroids bit for bit, at most
    ``2**bits - 1`` values other than zero in each layer, so that ``zskip compress`` with codes of
    as many bits keeps each one. The same weights give the same bytes.

    Parameters
    ----------
    model : torch.nn.Module
        A model whose linear layers form a chain, with ReLU after each but the last.
    path : str or path-like
        The file, ending in ``.npz``; an old one is replaced.

    Raises
    ------
    InputError
        `zskip.train.layers.linear_layers` refuses the model, or the file cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() != SUFFIX:
        raise InputError(f"the file must end in {SUFFIX}, not {target.name!r}: rename it")
    layers = linear_layers(model)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for layer in float_layers(layers):
            arrays = {WEIGHT: layer.weights}
            if layers[layer.name].bias is not None:
                arrays[BIAS] = layer.bias
            for end, array in arrays.items():
                member = zipfile.ZipInfo(f"{layer.name}{end}.npy")  # dated 1980-01-01
                member.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(member, "w") as file:
                    npy.write_array(file, array, allow_pickle=False)
    write_file(target, buffer.getvalue())
