"""Leading-non-zero detection: which activation is broadcast next (EIE paper, section IV)."""

import numpy as np
from numpy.typing import NDArray

from zskip.model.eie.config import Config
from zskip.model.eie.pe.local_lnzd import local_lnzd
from zskip.model.eie.places import column_places

FAN_IN = 4
"""Children of a node of the tree."""


def lnzd_node(more: NDArray[np.bool_]) -> int | None:
    """Return the child that a node passes on or waits for, None where all are done.

    Parameters
    ----------
    more : ndarray of bool, shape (FAN_IN,)
        Whether each child may still give a non-zero activation.

    Returns
    -------
    int or None
    """
    return local_lnzd(more)


def tree_levels(config: Config) -> list[int]:
    """Return the nodes of each level of the tree, from the one above the PEs to the root.

    Parameters
    ----------
    config : Config
        Gives the PE count. One PE needs no tree.

    Returns
    -------
    list of int
        ``[16, 4, 1]`` for 64 PEs.
    """
    levels = []
    width = config.pe_count
    while width > 1:
        width = -(-width // FAN_IN)
        levels.append(width)
    return levels


def broadcast_order(nonzero: NDArray[np.bool_], config: Config) -> NDArray[np.int64]:
    """Return the columns in the order in which the tree delivers them.

    Every node waits for its first child that is not done, and a PE offers its rows in ascending
    order, so all non-zero activations of PE 0 come first, then those of PE 1, and so on. In rounds
    that holds for the first word of each PE, then for the second ones: it is the order of places.

    Parameters
    ----------
    nonzero : ndarray of bool, shape (inputs,)
        Whether each activation is non-zero; a negative one is.
    config : Config
        The array.

    Returns
    -------
    ndarray of int64, shape (broadcasts,)
        Column indices.
    """
    columns = np.flatnonzero(nonzero)
    if config.in_rounds:
        return columns[np.argsort(column_places(nonzero.size, config)[columns])]
    return columns[np.argsort(columns % config.pe_count, kind="stable")]
