"""Runs of engines whose layers are one pass each: some input vectors after the other."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from zskip.model.common.counters import LayerRun, Run, joined
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import IntArray
from zskip.model.common.network import Network

CHUNK = 1024
"""Input vectors computed together; bounds the memory."""


def check_vectors(network: Network[Any, Any], activations: IntArray) -> None:
    """Check the shape of input vectors.

    Raises
    ------
    InputError
        It is not ``(n, inputs)`` with n of at least 1.
    """
    if activations.ndim != 2 or activations.shape[1] != network.inputs or not len(activations):
        raise InputError(
            f"activations must have shape (n, {network.inputs}) with n at least 1, not "
            f"{activations.shape}: give one row for each input vector"
        )


def chunked_run(
    network: Network[Any, Any],
    activations: IntArray,
    layers: Callable[[IntArray], Iterable[LayerRun]],
    on_progress: Callable[[int], None] | None = None,
) -> Run:
    """Compute a network, `CHUNK` input vectors at a time.

    Parameters
    ----------
    network : Network
        The network.
    activations : ndarray of int64, shape (n, inputs)
        In the user's order; n is at least 1.
    layers : callable
        Computes all layers, each one pass, from activations in the order of the first layer.
    on_progress : callable, optional
        Called with the number of input vectors just finished.

    Returns
    -------
    Run
    """
    loaded = network.select(activations)
    chunks: list[list[LayerRun]] = []
    for first in range(0, len(loaded), CHUNK):
        chunk = loaded[first : first + CHUNK]
        chunks.append(list(layers(chunk)))
        if on_progress is not None:
            on_progress(len(chunk))
    done = tuple(
        LayerRun(
            outputs=np.concatenate([part.outputs for part in parts]),
            passes=(joined([part.passes[0] for part in parts]),),
        )
        for parts in zip(*chunks, strict=True)
    )
    return Run(inputs=loaded, layers=done, outputs=network.restore(done[-1].outputs))
