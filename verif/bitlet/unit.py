# amaranth: UnusedElaboratable=no
"""How the benches of the Bitlet engine's units begin, and the words that they send."""

from collections.abc import Iterable

from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.model.bitlet.config import Config
from zskip.verif.common import unit as common
from zskip.verif.common.stimulus import current_stimulus


def unit_config() -> Config:
    """Return the configuration that the unit was built for."""
    return common.unit_config(Config)


def packed(values: Iterable[int], bits: int) -> int:
    """Return values of so many bits side by side, the first in the lowest ones."""
    return sum(
        (int(value) & ((1 << bits) - 1)) << place * bits for place, value in enumerate(values)
    )


def unit_lanes() -> LaneFormat:
    """Return the lanes that the unit was built with."""
    given = current_stimulus()
    return LaneFormat(
        config=unit_config(),
        row_lanes=given["row_lanes"],
        activation_bits=given["activation_bits"],
    )
