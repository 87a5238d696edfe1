"""How much of each memory a network takes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from zskip.model.common.config import ConfigT, EngineConfig
from zskip.model.common.errors import InputError


@dataclass(frozen=True, kw_only=True)
class MemoryFit:
    """How much of a memory a network takes.

    Parameters
    ----------
    field : str
        Field of the configuration that limits it.
    holds : str
        The things that the field counts, for people.
    needed, available : int
        The smallest value of the field that would do, and its value.
    needed_bytes, available_bytes : int
        The same in bytes, with the widths of the configuration.
    """

    field: str
    holds: str
    needed: int
    available: int
    needed_bytes: int
    available_bytes: int

    @property
    def share(self) -> float:
        """Share of the memory that is taken; above 1 where the network does not fit."""
        return self.needed / self.available


class Need(NamedTuple):
    """Need of a network whose layers are one pass each.

    Parameters
    ----------
    field : str
        Field of the configuration that limits it.
    holds : str
        The things that the field counts, for people.
    needed : int
        The smallest value of the field that would do.
    bits : int
        Bits of each thing.
    largest : int
        The largest value that the field may have.
    dealt : bool
        Whether each PE has a part of its own, smaller with more PEs.
    """

    field: str
    holds: str
    needed: int
    bits: int
    largest: int
    dealt: bool


def memory_fits(needs: Sequence[Need], config: EngineConfig) -> tuple[MemoryFit, ...]:
    """Return how much of each memory is taken: of one PE, or of the array for what PEs share."""
    return tuple(
        MemoryFit(
            field=need.field,
            holds=need.holds,
            needed=need.needed,
            available=getattr(config, need.field),
            needed_bytes=-(-need.needed * need.bits // 8),
            available_bytes=-(-getattr(config, need.field) * need.bits // 8),
        )
        for need in needs
    )


def check_needs(needs: Sequence[Need], config: EngineConfig) -> None:
    """Check that a configuration holds what a network needs.

    Raises
    ------
    InputError
        Names each limit, the network's needs, and the settings that would fit.
    """
    missing = [need for need in needs if need.needed > getattr(config, need.field)]
    if not missing:
        return
    lacks = ", ".join(
        f"{need.needed:,} {need.holds} of {getattr(config, need.field):,}" for need in missing
    )
    beyond = [need for need in missing if need.needed > need.largest]
    advice = "add " + " ".join(f"--set {need.field}={need.needed}" for need in missing)
    if beyond:
        fields = " and ".join(need.field for need in beyond)
        advice = f"{fields} cannot be that large: {_cure(beyond, config)}"
    raise InputError(
        f"the network must fit the memories of its array of {config.size}, but needs {lacks}: "
        f"{advice}"
    )


def _cure(beyond: Sequence[Need], config: EngineConfig) -> str:
    """Tell what helps where memories cannot be large enough: only what PEs hold is dealt out."""
    times = max(-(-need.needed // need.largest) for need in beyond)
    pe_count = config.pe_count << (times - 1).bit_length()
    if all(need.dealt for need in beyond) and pe_count <= config.RANGES["pe_count"][1]:
        return f"add --pes {pe_count}"
    return "compress a smaller part of the network"


def enlarged(needs: Sequence[Need], config: ConfigT, keep: Collection[str]) -> ConfigT:
    """Return a configuration with every memory large enough for what a network needs.

    Parameters
    ----------
    needs : sequence of Need
        The network's.
    config : EngineConfig
        Its configuration.
    keep : collection of str
        Fields that stay as they are.

    Returns
    -------
    EngineConfig
        No field is smaller than before, or larger than a configuration may have it: what needs
        more than that still does not fit.
    """
    for need in needs:
        value = min(need.needed, need.largest)
        if need.field not in keep and value > getattr(config, need.field):
            config = config.replace(**{need.field: value})
    return config
