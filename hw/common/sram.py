"""Single-port SRAM as a module boundary."""

from pathlib import Path

from amaranth import Cat, ClockSignal, Instance, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

VERILOG = Path(__file__).with_name("sram.v")
"""The Verilog module that every instance refers to."""

MODULE = "zskip_sram"
"""Its name."""


class Sram(wiring.Component):
    """Single-port SRAM, an instance of the Verilog module ``zskip_sram``.

    Latency: read data one cycle after `en`, held until the next read. Throughput: one access a
    cycle. The contents are undefined until they are written.

    Parameters
    ----------
    width : int
        Bits of a word.
    depth : int
        Words.
    lanes : int, optional
        Equal parts of a word that can be written alone.
    parity : int, optional
        1 for a bit above each part that makes its ones even, so that a word of zeros is right.

    Members
    -------
    en : In(1)
        Access the memory in this cycle.
    we : In(lanes)
        The access writes these parts of the word; it is a read where none is set.
    address : In(address bits)
        Word address.
    w_data : In(width)
        Data of a write.
    r_data : Out(width + lanes * parity)
        Data of the last read, as they are stored.
    """

    en: Signal
    we: Signal
    address: Signal
    w_data: Signal
    r_data: Signal

    def __init__(self, *, width: int, depth: int, lanes: int = 1, parity: int = 0) -> None:
        self.width = width
        self.depth = depth
        self.lanes = lanes
        self.parity = parity
        super().__init__(
            {
                "en": In(1),
                "we": In(lanes),
                "address": In(max(1, (depth - 1).bit_length())),
                "w_data": In(width),
                "r_data": Out(width + lanes * parity),
            }
        )

    @property
    def word(self) -> Value:
        """Data of the last read, without parity."""
        if not self.parity:
            return self.r_data
        return Cat(part[:-1] for part in self._parts(self.r_data))

    @property
    def faulty(self) -> Value:
        """Parts of the last read whose parity is wrong, a bit for each; only with parity."""
        return Cat(part.xor() for part in self._parts(self.r_data))

    def _parts(self, word: Value) -> list[Value]:
        """Return the parts of a word."""
        bits = len(word) // self.lanes
        return [word[lane * bits :][:bits] for lane in range(self.lanes)]

    def elaborate(self, platform: object) -> Instance:
        w_data = self.w_data
        if self.parity:
            w_data = Cat(Cat(part, part.xor()) for part in self._parts(w_data))
        return Instance(
            MODULE,
            p_WIDTH=len(self.r_data),
            p_DEPTH=self.depth,
            p_LANES=self.lanes,
            p_ADDRESS_BITS=len(self.address),
            i_clk=ClockSignal(),
            i_en=self.en,
            i_we=self.we,
            i_address=self.address,
            i_w_data=w_data,
            o_r_data=self.r_data,
        )
