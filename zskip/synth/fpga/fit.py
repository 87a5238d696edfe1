"""Whether a design fits a part, and which configuration would."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from zskip.engines import engine_of
from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError
from zskip.synth.design import Design
from zskip.synth.formulas.parts import LOGIC_MARGIN
from zskip.synth.formulas.rams import ECP5_RAMS
from zskip.synth.result import Unit


def check_memories(design: Design, part: str, has: Mapping[str, int]) -> None:
    """Refuse a design whose memories alone do not fit, without synthesizing it.

    Parameters
    ----------
    design : Design
        The design.
    part : str
        Name of the part.
    has : mapping of str to int
        What it has of each resource.

    Raises
    ------
    InputError
        They do not; the message names a configuration that they would fit in.
    """
    blocks = block_rams(design.config)
    if blocks <= has["block RAM"]:
        return
    other = _first(_smaller(design.config), lambda config: block_rams(config) <= has["block RAM"])
    raise InputError(
        f"the memories must fit the {has['block RAM']} block RAMs of part {part}, but take "
        f"{blocks}: {other}"
    )


def check_resources(
    design: Design, units: Sequence[Unit], part: str, has: Mapping[str, int]
) -> None:
    """Refuse a design that takes more of a resource than a part has.

    Parameters
    ----------
    design : Design
        The design.
    units : sequence of Unit
        What its units take, the whole first.
    part : str
        Name of the part.
    has : mapping of str to int
        What it has of each resource.

    Raises
    ------
    InputError
        It does; the message names a configuration that would fit.
    """
    takes = _needed(units[0].figures)
    over = [name for name in has if takes[name] > has[name]]
    if not over:
        return
    given = design.config.pe_count
    # Units inside a PE, or a row, are there once for each of it.
    inner = [unit for unit in units if unit.count == given > 1]
    depth = min((unit.depth for unit in inner), default=0)
    each = [unit.figures for unit in inner if unit.depth == depth]

    def fits(config: EngineConfig) -> bool:
        """Scale what is there once for each PE; tell nothing of other kinds of PEs."""
        left = 1 - config.pe_count / given
        scaled = {name: takes[name] - left * sum(_needed(x)[name] for x in each) for name in has}
        same = config == design.config.replace(pe_count=config.pe_count)
        return same and all(scaled[name] <= has[name] for name in has)

    exceeded = ", ".join(
        f"{has[name]:,} {name}, not {takes[name]:,.0f}"
        + (" with a tenth for placement" if name == "LUT" else "")
        for name in over
    )
    raise InputError(
        f"the design must fit part {part}, which has {exceeded}: "
        f"{_first(_smaller(design.config), fits)}"
    )


def block_rams(config: EngineConfig) -> int:
    """Return the block RAMs of ECP5 that the memories take."""
    srams = engine_of(config).structure(config).srams
    cells = ((one, ECP5_RAMS.sram(one.depth, one.bits, one.lanes)) for one in srams)
    return round(sum(one.instances * mapped.blocks for one, mapped in cells))


def _needed(figures: Mapping[str, float]) -> dict[str, float]:
    """Return what placement needs."""
    return {**figures, "LUT": figures["LUT"] * LOGIC_MARGIN}


def _smaller(config: EngineConfig) -> Iterator[EngineConfig]:
    """Yield configurations to try in place of one, with fewer and fewer PEs, then named ones."""
    for base in (config, *engine_of(config).configs.values()):
        pes = base.pe_count
        while pes:
            # Not every number of PEs goes with every configuration.
            with suppress(InputError):
                if (other := base.replace(pe_count=pes)) != config:
                    yield other
            pes //= 2


def _first(configs: Iterator[EngineConfig], fits: Callable[[EngineConfig], bool]) -> str:
    """Say which of some configurations is the first that fits."""
    found = next((config for config in configs if fits(config)), None)
    if found is None:
        return "choose a larger part"
    named = engine_of(found).configs
    name = next(
        (key for key, base in named.items() if base.replace(pe_count=found.pe_count) == found), None
    )
    base = f"--config {name} " if name else ""
    return f"{base}--pes {found.pe_count} would fit, or choose a larger part"
