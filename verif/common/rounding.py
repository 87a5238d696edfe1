"""Checker of the rounding that a control unit tells."""

from zskip.verif.common.testbench import Agent, Testbench


class RoundingChecker(Agent):
    """Checks that the rounding is half of the shift's unit, a cycle behind a change of the shift.

    Parameters
    ----------
    bench : Testbench
    port : str
        Prefix of the names of both.
    acc_bits : int
        Width of the rounding.
    """

    def __init__(self, bench: Testbench, port: str, acc_bits: int) -> None:
        self._shift, self._rounding = f"{port}__shift", f"{port}__rounding"
        self._bits = acc_bits
        self._before = -1
        super().__init__(bench)

    def sample(self, cycle: int) -> None:
        """Compare the rounding with a shift that holds."""
        shift = self.bench[self._shift].bits
        if shift == self._before:
            wanted = ((1 << shift) >> 1) % (1 << self._bits)
            assert self.bench[self._rounding].bits == wanted, f"rounding in cycle {cycle}"
        self._before = shift
