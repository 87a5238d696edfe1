"""List of the SRAMs of a block, as an ASIC flow replaces them."""

import re
from collections.abc import Iterable, Iterator

from zskip.files.drop.hierarchy import Placed, instances
from zskip.hw.common.sram import MODULE
from zskip.model.common.structure import Sram

NUMBER = re.compile(r"(\d+)")


def srams(verilog: str, top: str) -> Iterator[tuple[str, Sram]]:
    """Yield the SRAMs of a block.

    Parameters
    ----------
    verilog : str
        Its Verilog.
    top : str
        Module at the top.

    Yields
    ------
    path : str
        Path below the top; where it stands for several, their numbers are ``{first..last}``.
    sram : Sram
        Their size, parity included, and how many there are.
    """
    alike: dict[tuple[str, ...], list[Placed]] = {}
    for place in instances(verilog, top):
        if place.module == MODULE:
            # Those of one PE may have equal sizes and names that differ in a number as well.
            pe, _, inside = place.path.partition(".")
            parameters = map(str, place.parameters.values())
            alike.setdefault((NUMBER.sub("", pe), inside, *parameters), []).append(place)
    for places in alike.values():
        given = places[0].parameters
        size = Sram(given["DEPTH"], given["WIDTH"], len(places), given["LANES"])
        yield _together([place.path for place in places]), size


def _together(paths: Iterable[str]) -> str:
    """Return one path for paths that differ in numbers, which count up by one."""
    parts = zip(*(NUMBER.split(path) for path in paths), strict=True)
    return "".join(
        part[0] if len(set(part)) == 1 else f"{{{part[0]}..{part[-1]}}}" for part in parts
    )
