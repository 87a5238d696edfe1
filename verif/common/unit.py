"""How the benches of the units of any engine begin."""

from collections.abc import Iterable
from functools import cache
from typing import TypeVar

from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Testbench

AnyConfig = TypeVar("AnyConfig")


@cache
def unit_config(config: type[AnyConfig]) -> AnyConfig:
    """Return the configuration that the unit was built for.

    Parameters
    ----------
    config : type
        The engine's class of configurations.
    """
    return config(**current_stimulus()["config"])


async def write(bench: Testbench, port: str, words: Iterable[int], address: int = 0) -> None:
    """Write consecutive words through a `zskip.hw.common.write_port.WritePort`, one a cycle.

    Parameters
    ----------
    bench : Testbench
    port : str
        Name of the write port.
    words : iterable of int
        Non-negative words.
    address : int
        Address of the first.
    """
    bench[f"{port}__en"].set(1)
    for offset, word in enumerate(words):
        bench[f"{port}__address"].set(address + offset)
        bench[f"{port}__data"].set(int(word))
        await bench.step()
    bench[f"{port}__en"].set(0)
