# amaranth: UnusedElaboratable=no
"""How the benches of the Bitlet engine's units begin, and the words that they send."""

from collections.abc import Iterable

from zskip.model.bitlet.config import Config
from zskip.verif.common import unit as common


def unit_config() -> Config:
    """Return the configuration that the unit was built for."""
    return common.unit_config(Config)


def packed(values: Iterable[int], bits: int) -> int:
    """Return values of so many bits side by side, the first in the lowest ones."""
    return sum(
        (int(value) & ((1 << bits) - 1)) << place * bits for place, value in enumerate(values)
    )
