"""Whether a network fits the memories of an EIE array, and what it needs of each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.stream import LANES
from zskip.model.eie.config import RANGES, Config
from zskip.model.eie.network import Layer, Network
from zskip.model.eie.passes import local_depth, pointer_pairs


def requirements(network: Network) -> dict[str, int]:
    """Return the smallest value of each configuration field that holds a network.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.

    Returns
    -------
    dict of str to int
        By field name of `Config`, for the network's own PE count.
    """
    entries = [layer.matrix.pointers[:, -1] for layer in network.layers]
    return needed_fields(network.layers, entries, network.config)


def needed_fields(
    layers: Sequence[Layer], entries: Sequence[NDArray[np.int64]], config: Config
) -> dict[str, int]:
    """Return the smallest value of each configuration field that holds some layers.

    Parameters
    ----------
    layers : sequence of Layer
        The layers, encoded for any number of PEs.
    entries : sequence of ndarray of int64, each of shape (pe_count,)
        Entries of each PE of the configuration, for each layer.
    config : Config
        Gives the PE count and the entries per word.

    Returns
    -------
    dict of str to int
        By field name of `Config`.
    """
    longest = max(max(layer.inputs, layer.outputs) for layer in layers)
    words = sum(-(-counts // config.entries_per_word) for counts in entries)
    depths = [local_depth(layer.outputs, config) for layer in layers]
    passes = [-(-depth // config.register_depth) for depth in depths]
    return {
        "activation_depth": max(LANES, 1 << (local_depth(longest, config) - 1).bit_length()),
        "spmat_depth": int(np.max(words)),
        "pointer_depth": 2
        * sum(
            count * pointer_pairs(layer.inputs) for count, layer in zip(passes, layers, strict=True)
        ),
        "bias_depth": sum(depths),
        "pass_count": sum(passes),
    }


HOLDS = {
    "activation_depth": "activations in a half of the activation SRAM",
    "spmat_depth": "sparse-matrix words",
    "pointer_depth": "column pointers",
    "bias_depth": "biases",
    "pass_count": "passes",
}
"""What each configuration field that limits a network counts."""


def check_fit(network: Network) -> None:
    """Check that a network fits its configuration.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.

    Raises
    ------
    InputError
        Names each limit, what the network needs, and the settings that would fit.
    """
    config = network.config
    lacking = {
        name: needed
        for name, needed in requirements(network).items()
        if needed > getattr(config, name)
    }
    if not lacking:
        return
    limits = ", ".join(
        f"{HOLDS[name]} ({name}) {getattr(config, name)}, needed {needed}"
        for name, needed in lacking.items()
    )
    settings = " ".join(f"--set {name}={needed}" for name, needed in lacking.items())
    if any(needed > RANGES[name][1] for name, needed in lacking.items()):
        settings = "a smaller network: no array of so many PEs holds that"
    raise InputError(
        f"the network must fit the {config.pe_count} PEs of the configuration, which hold in "
        f"each PE: {limits}; use more PEs, or {settings}"
    )
