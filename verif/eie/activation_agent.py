"""Driver of an `ActivationSource` of the hardware."""

from collections.abc import Iterable, Mapping

from zskip.verif.common.streams import StreamSource
from zskip.verif.common.testbench import Testbench


class ActivationAgent(StreamSource):
    """Agent that feeds a part of the input vector, and says whether there may be more of it.

    Parameters
    ----------
    bench : Testbench
    name : str
        Name of the `ActivationSource`.
    pattern : str
        When to pause, see `zskip.verif.common.streams.pauses`.

    Attributes
    ----------
    more : bool
        What it said in the last cycle.
    """

    def __init__(self, bench: Testbench, name: str, pattern: str = "never") -> None:
        super().__init__(bench, f"{name}__stream", pattern)
        self.more = False
        self._more = bench[f"{name}__more"]
        self._linger = 0

    def feed(self, items: Iterable[int | Mapping[str, int]], linger: int = 0) -> None:
        """Begin a pass.

        Parameters
        ----------
        items : iterable
            The activations.
        linger : int
            How many cycles it takes to find that there are no more, behind the last one.
        """
        self.send(items)
        self._linger = linger

    def drive(self) -> None:
        """Offer the next activation, or pause."""
        super().drive()
        self.more = not self.empty or self._linger > 0
        if self.empty:
            self._linger = max(0, self._linger - 1)
        self._more.set(self.more)
