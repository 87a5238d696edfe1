"""Pointer read: start and end of a column from two banks."""

from amaranth import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.sram import Sram
from zskip.hw.common.write_port import WritePort, WritePortInterface
from zskip.hw.eie.interfaces import activation_layout, column_layout
from zskip.model.eie.config import Config
from zskip.model.eie.packets import POINTER_HALF_BITS


class PointerRead(wiring.Component):
    """Read start and end of a column from two banks of pointers (EIE paper, section IV).

    Pointer ``j`` of a pass stands in bank ``j mod 2`` at address ``pointer_base + j div 2``, so
    the two pointers of a column come from different banks in one cycle.

    Latency: one cycle. Throughput: one column a cycle. Stall rule: `i` waits while `o` holds a
    column that is not taken. A write takes the banks for its cycle; it comes in I/O mode only.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    i : In(stream)
        Activations with their column index.
    o : Out(stream)
        Activations with start and end of their column.
    pointer_base : In(pair_bits)
        Address of the first pair of the pass.
    w_port : In(WritePort)
        Writes a pair: the even pointer in the lower half of the word.
    """

    i: stream.Interface
    o: stream.Interface
    pointer_base: Signal
    w_port: WritePortInterface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(activation_layout(config))),
                "o": Out(stream.Signature(column_layout(config))),
                "pointer_base": In(config.pair_bits),
                "w_port": In(
                    WritePort(address_bits=config.pair_bits, data_bits=2 * POINTER_HALF_BITS)
                ),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.even = even = Sram(width=config.pointer_bits, depth=config.pointer_depth // 2)
        m.submodules.odd = odd = Sram(width=config.pointer_bits, depth=config.pointer_depth // 2)

        accept = Signal()
        index = self.i.payload.index
        m.d.comb += [
            self.i.ready.eq(~self.o.valid | self.o.ready),
            accept.eq(self.i.valid & self.i.ready),
        ]
        for name, bank, pair, low in (
            ("even", even, (index + 1) >> 1, 0),
            ("odd", odd, index >> 1, POINTER_HALF_BITS),
        ):
            address = Signal.like(self.pointer_base, name=f"{name}_address")
            m.d.comb += [
                address.eq(self.pointer_base + pair),
                bank.en.eq(accept | self.w_port.en),
                bank.we.eq(self.w_port.en),
                bank.w_data.eq(self.w_port.data[low : low + config.pointer_bits]),
                bank.address.eq(Mux(self.w_port.en, self.w_port.address, address)),
            ]

        # The banks hold their data while nothing is accepted, so they are the output register.
        is_odd = Signal()
        with m.If(self.i.ready):
            m.d.sync += self.o.valid.eq(self.i.valid)
        with m.If(accept):
            m.d.sync += [self.o.payload.value.eq(self.i.payload.value), is_odd.eq(index[0])]
        m.d.comb += [
            self.o.payload.start.eq(Mux(is_odd, odd.r_data, even.r_data)),
            self.o.payload.end.eq(Mux(is_odd, even.r_data, odd.r_data)),
        ]
        return m
