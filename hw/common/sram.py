"""Single-port SRAM as a module boundary."""

from pathlib import Path

from amaranth import ClockSignal, Instance, Signal
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
    r_data : Out(width)
        Data of the last read.
    """

    en: Signal
    we: Signal
    address: Signal
    w_data: Signal
    r_data: Signal

    def __init__(self, *, width: int, depth: int, lanes: int = 1) -> None:
        self.width = width
        self.depth = depth
        self.lanes = lanes
        super().__init__(
            {
                "en": In(1),
                "we": In(lanes),
                "address": In(max(1, (depth - 1).bit_length())),
                "w_data": In(width),
                "r_data": Out(width),
            }
        )

    def elaborate(self, platform: object) -> Instance:
        return Instance(
            MODULE,
            p_WIDTH=self.width,
            p_DEPTH=self.depth,
            p_LANES=self.lanes,
            p_ADDRESS_BITS=len(self.address),
            i_clk=ClockSignal(),
            i_en=self.en,
            i_we=self.we,
            i_address=self.address,
            i_w_data=self.w_data,
            o_r_data=self.r_data,
        )
