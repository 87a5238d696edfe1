"""Weights that a file holds without their zeros, as several tensors of one layer.

- ``<layer>.weight.values`` and ``<layer>.weight.indices``: what ``values()`` and ``indices()`` give
  of ``torch.sparse.to_sparse_semi_structured`` with the CUTLASS backend;
- ``<layer>.compressed``, ``<layer>.bitmask`` and ``<layer>.shape``: ``sparse-24-bitmask`` of
  compressed-tensors; with ``<layer>.row_offsets`` its ``sparse-bitmask``.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from zskip.files.formats.guard import quoted
from zskip.files.formats.tensors import Tensor
from zskip.model.common.errors import InputError
from zskip.model.common.semi_structured import to_dense

WEIGHT = ".weight"
VALUES, INDICES = ".weight.values", ".weight.indices"
COMPRESSED, BITMASK, SHAPE = ".compressed", ".bitmask", ".shape"
OFFSETS = ".row_offsets"
"""Where each row begins among the values, which the mask tells too."""

MARKS = {VALUES: (INDICES,), COMPRESSED: (BITMASK, SHAPE)}
"""Ends of the names that tell a packed weight, with those of the others that it needs."""


def has_packed(names: Iterable[str]) -> bool:
    """Tell whether a weight among tensors of these names is packed."""
    return any(name.endswith(tuple(MARKS)) for name in names)


def unpacked(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Put packed weights together.

    Parameters
    ----------
    tensors : mapping from str to ndarray
        The tensors by name.

    Returns
    -------
    dict from str to ndarray
        ``<layer>.weight`` in the place of what it is made of; the others as they are.

    Raises
    ------
    InputError
        A part is missing, or parts do not belong together.
    """
    result: dict[str, Tensor] = {}
    used = set()
    for name in tensors:
        for mark, others in MARKS.items():
            if name.endswith(mark):
                used |= {name.removesuffix(mark) + end for end in (*others, OFFSETS)}
    for name, values in tensors.items():
        mark = next((mark for mark in MARKS if name.endswith(mark)), None)
        if mark is not None:
            layer = name.removesuffix(mark)
            parts = [values, *(_part(tensors, layer + end, name) for end in MARKS[mark])]
            result[layer + WEIGHT] = _together(mark, name, parts)
        elif name not in used:
            result[name] = values
    return result


def _part(tensors: Mapping[str, Tensor], name: str, needed_by: str) -> Tensor:
    """Return a tensor that another one needs."""
    if name not in tensors:
        raise InputError(
            f"tensor {quoted(name)} must be there, because {quoted(needed_by)} is: write the file "
            "again with it"
        )
    return tensors[name]


def _together(mark: str, name: str, parts: list[Tensor]) -> Tensor:
    """Make the dense weight of a layer."""
    try:
        if mark == VALUES:
            return to_dense(parts[0], parts[1])
        return _of_mask(*parts)
    except InputError as error:
        raise InputError(f"tensor {quoted(name)}: {error}") from None


def _of_mask(values: Tensor, mask: Tensor, shape: Tensor) -> Tensor:
    """Put values to the places that a mask of bits tells, the first in the lowest bit."""
    size = [int(length) for length in shape.ravel()] if shape.dtype.kind in "iu" else []
    if mask.dtype != np.uint8 or len(size) != 2 or mask.shape != (size[0], -(-size[1] // 8)):
        raise InputError(
            "the bitmask must be of uint8, with a bit for each weight of the shape in whole bytes "
            f"for each row, not {mask.dtype} of shape {mask.shape} for the shape {size}: write "
            "the file again"
        )
    bits = np.unpackbits(mask.astype(np.uint8), axis=1, count=size[1], bitorder="little").astype(
        np.bool_
    )
    if np.count_nonzero(bits) != values.size:
        raise InputError(
            f"the bitmask must have as many bits set as there are values, {values.size:,}, not "
            f"{np.count_nonzero(bits):,}: write the file again"
        )
    dense = np.zeros(bits.shape, dtype=values.dtype)
    dense[bits] = values.ravel()
    return dense
