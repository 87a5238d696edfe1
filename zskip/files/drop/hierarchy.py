"""Hierarchy of a block: the instances in its Verilog."""

import re
from collections.abc import Iterator
from typing import NamedTuple

MODULE = re.compile(r"^module (\S+).*?^endmodule", re.MULTILINE | re.DOTALL)
INSTANCE = re.compile(r"^  (\w+) (?:#\((.*)\) )?(\w+) \($", re.MULTILINE)
PARAMETER = re.compile(r"\.(\w+)\((\d+)\)")


class Placed(NamedTuple):
    """An instance.

    Parameters
    ----------
    path : str
        Its names below the top, with dots; nothing for the top itself.
    module : str
        Its module.
    parameters : dict of str to int
        The parameters that it is given.
    """

    path: str
    module: str
    parameters: dict[str, int]

    def inside(self, name: str) -> str:
        """Return the path of a thing inside it."""
        return f"{self.path}.{name}" if self.path else name


def modules(verilog: str) -> dict[str, str]:
    """Return the text of each module of Verilog by name."""
    return {found[1]: found[0] for found in MODULE.finditer(verilog)}


def instances(verilog: str, top: str) -> Iterator[Placed]:
    """Yield the top and all that is below it, each in front of what is inside it.

    Parameters
    ----------
    verilog : str
        Verilog of all modules.
    top : str
        Module at the top.
    """
    texts = modules(verilog)
    inner = {module: INSTANCE.findall(text) for module, text in texts.items()}

    def below(place: Placed) -> Iterator[Placed]:
        yield place
        for module, given, name in inner[place.module]:
            if module in texts:
                parameters = {key: int(value) for key, value in PARAMETER.findall(given)}
                yield from below(Placed(place.inside(name), module, parameters))

    return below(Placed("", top, {}))
