"""Costs of layers as reports show them."""

from collections.abc import Iterable

from zskip.model.common.cost import Cost


def shown_value(cost: Cost, name: str) -> float:
    """Return a counter of a cost, or its ``macs``.

    Parameters
    ----------
    cost : Cost
        The cost of a layer.
    name : str
        Name of a counter, or ``macs``.

    Returns
    -------
    float
        Mean over the input vectors.
    """
    return cost.macs if name == "macs" else cost.counters[name]


def cost_record(cost: Cost, shown: Iterable[str]) -> dict[str, int | float]:
    """Return a cost as JSON has it, whole numbers as such.

    Parameters
    ----------
    cost : Cost
        The cost of a layer or a network.
    shown : iterable of str
        Counters to tell, and ``macs``.

    Returns
    -------
    dict of str to int or float
    """
    figures = {
        "cycles": cost.cycles,
        "macs": cost.macs,
        **{name: shown_value(cost, name) for name in shown},
        "dense_cycles": cost.dense_cycles,
        "limit_cycles": cost.limit_cycles,
        "speedup": cost.speedup,
        "utilization": cost.utilization,
    }
    return {name: int(value) if value.is_integer() else value for name, value in figures.items()}
