"""Requests of a control unit to the emitter, as a bench compares them."""

from zskip.model.common.stream import Kind
from zskip.verif.common.testbench import Events, Testbench

FIELDS = ("kind", "pass_index", "outputs", "central")
"""Ports of a request that say what to send."""


class RequestsSent(Events):
    """Requests in the cycles in which they are done.

    Parameters
    ----------
    bench : Testbench
        Of a unit with a port ``request``.
    """

    def __init__(self, bench: Testbench) -> None:
        super().__init__(bench, "request__done", *(f"request__{name}" for name in FIELDS))

    @property
    def told(self) -> list[tuple[int, ...]]:
        """Requests so far, as `request_told` has them."""
        return [request_told(*values) for values in self.values]


def request_told(kind: int, pass_index: int, outputs: int, central: int) -> tuple[int, ...]:
    """Return what a request tells: counters that nobody asks for need not be there yet."""
    return (kind, pass_index, outputs, central * (kind == Kind.COUNTERS))
