"""Fit of a network into the memories of an EIE array: needs, limits, and the refusal."""

from zskip.model.common.errors import InputError
from zskip.model.common.stream import LANES, MAX_WORDS
from zskip.model.eie.cures import cures
from zskip.model.eie.needs import SourceOrder, encoded_fields, lacking
from zskip.model.eie.network import Network

HOLDS = {
    "activation_depth": "activations in a half of the activation SRAM",
    "spmat_depth": "sparse-matrix words",
    "pointer_depth": "column pointers",
    "bias_depth": "biases",
    "pass_count": "passes",
}
"""Meaning of each configuration field that limits a network."""


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
    return encoded_fields(network.layers, network.config)


def check_fit(network: Network) -> None:
    """Check that a network fits its configuration.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.

    Raises
    ------
    InputError
        Names each limit, what the network needs, and the PEs and settings that would fit; or the
        layer whose vectors no packet can carry.
    """
    config = network.config
    for layer in network.layers:
        longest = max(layer.inputs, layer.outputs)
        if longest > LANES * MAX_WORDS:
            raise InputError(
                f"layer {layer.name!r} must have at most {LANES * MAX_WORDS} inputs and outputs, "
                f"which is what a packet carries, not {longest}: use a smaller network"
            )
    needed = requirements(network)
    missing = lacking(needed, vars(config))
    if not missing:
        return
    limits = ", ".join(
        f"{HOLDS[name]} ({name}) {getattr(config, name)}, needed {value}"
        for name, value in missing.items()
    )
    raise InputError(
        f"the network must fit the {config.pe_count} PEs of the configuration, which hold in "
        f"each PE: {limits}; use {cures(config, needed, SourceOrder(network.layers))}"
    )
