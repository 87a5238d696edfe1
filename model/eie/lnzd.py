"""Leading-non-zero detection: which activation is broadcast next (EIE paper, section IV)."""

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.stream import LANES
from zskip.model.eie.config import Config
from zskip.model.eie.pe.local_lnzd import local_lnzd
from zskip.model.eie.places import column_places

FAN_IN = 4
"""Children of a node of the trees, but for those above nodes that join words."""

GROUPS_FAN_IN = 16
"""Children of a node above the lowest level, where broadcasts are of groups: as these are few, a
level less saves more cycles."""


def lnzd_node(more: NDArray[np.bool_]) -> int | None:
    """Return the child that a node passes on or waits for, None where all are done.

    Parameters
    ----------
    more : ndarray of bool, shape (children,)
        Whether each child may still give a non-zero activation.

    Returns
    -------
    int or None
    """
    return local_lnzd(more)


def tree_levels(config: Config) -> list[int]:
    """Return the nodes of each level of a tree of `FAN_IN`, from the one above the PEs to the root.

    These are the read-out tree, and the LNZD tree unless broadcasts are of groups.

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


def node_fan_in(config: Config) -> int:
    """Return the children of a node that passes on what they find, one after the other."""
    return GROUPS_FAN_IN if config.in_groups else FAN_IN


def lnzd_levels(config: Config) -> list[tuple[int, int]]:
    """Return nodes and fan-in of each level of the tree that brings activations to the root.

    Parameters
    ----------
    config : Config
        Gives the PE count. With `Config.broadcast_groups` one PE has a node, too.

    Returns
    -------
    list of (int, int)
        From the level above the PEs on; of 64 PEs `tree_levels` with `FAN_IN`, or with groups
        ``[(16, 4), (1, 16)]``.
    """
    if not config.in_groups:
        return [(width, FAN_IN) for width in tree_levels(config)]
    width = -(-config.pe_count // FAN_IN)
    levels = [(width, FAN_IN)]
    while width > 1:
        width = -(-width // node_fan_in(config))
        levels.append((width, node_fan_in(config)))
    return levels


def joined_places(group_bits: int, config: Config) -> int:
    """Return how many neighboring places may share a broadcast: those of a node's words, or fewer.

    Parameters
    ----------
    group_bits : int
        Columns of a group of the pass, as a power of two.
    config : Config
        The array, which has `Config.broadcast_groups`.
    """
    return min(1 << group_bits, LANES * min(FAN_IN, config.pe_count))


def joined(nonzero: NDArray[np.bool_], group_bits: int, config: Config) -> list[list[int]]:
    """Return the columns of each broadcast, in the order in which the tree delivers them.

    The non-zero activations of a word stay together. The next word goes along where it belongs to
    the same `joined_places` and all of them are at most `Config.broadcast_size`.

    Parameters
    ----------
    nonzero : ndarray of bool, shape (inputs,)
        Whether each activation is non-zero.
    group_bits : int
        Columns of a group of the pass, as a power of two.
    config : Config
        The array, which has `Config.broadcast_groups`.
    """
    places = column_places(nonzero.size, config)
    size = joined_places(group_bits, config)
    order = broadcast_order(nonzero, config).tolist()
    found: list[list[int]] = []
    for _, word in groupby(order, lambda column: places[column] // LANES):
        columns = list(word)
        together = found and places[found[-1][0]] // size == places[columns[0]] // size
        if together and len(found[-1]) + len(columns) <= config.broadcast_size:
            found[-1] += columns
        else:
            found.append(columns)
    return found


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
