"""Way of a driver to a block in a simulation by cocotb."""

from collections.abc import Sequence

from cocotb.task import resume

from zskip.model.common.errors import RunFailure
from zskip.verif.common.axi_host import AxiHost


class SimulatedTransport:
    """Registers and streams of a block in cocotb, for a function under `cocotb.task.bridge`.

    Time goes on while a register is read or written, or words are sent.

    Parameters
    ----------
    host : AxiHost
        Masters of the block's channels.
    """

    def __init__(self, host: AxiHost) -> None:
        self.host = host

    @resume
    async def read(self, address: int) -> int:
        """Return a register."""
        value, response = await self.host.read_at(address)
        _check(address, response)
        return value

    @resume
    async def write(self, address: int, value: int) -> None:
        """Write a register."""
        _check(address, await self.host.write_at(address, value))

    @resume
    async def send(self, words: Sequence[int]) -> None:
        """Send a packet."""
        self.host.send_beats(words, [len(words) - 1])
        await self.host.sent()

    def receive(self) -> Sequence[int]:
        """Return the words that came."""
        return [word for packet in self.host.received() for word in packet]


def _check(address: int, response: int) -> None:
    """Refuse an answer that is not OKAY."""
    if response:
        raise RunFailure(
            f"the bus must answer with OKAY, but the access to {address:#05x} got {response}: "
            "check the address"
        )
