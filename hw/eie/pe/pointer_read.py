"""Pointer read: where the entries of a column stand, from two banks."""

from amaranth import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.tile_memory import TileHalvesInterface, connect_memory, weight_memory
from zskip.hw.common.write_port import WritePort, WritePortInterface
from zskip.hw.eie.interfaces import activation_layout, column_layout, tile_halves
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.packets import POINTER_HALF_BITS


class PointerRead(wiring.Component):
    """Read where a column's entries stand from two banks of pointers (EIE paper, section IV).

    Pointer ``j`` of a pass stands in bank ``j mod 2`` at address ``pointer_base + j div 2``, so
    the two pointers of a column come from different banks in one cycle.

    Latency: two cycles: the pointers are registered behind the banks. Throughput: one column a
    cycle. Stall rule: `i` waits while both cycles hold a column and `o` is not taken. A write takes
    the banks for its cycle; it comes in I/O mode only.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    i : In(stream)
        Activations with their column index.
    o : Out(stream)
        Activations with the place of their column's entries.
    pointer_base : In(pair_bits)
        Address of the first pair of the pass.
    w_port : In(WritePort)
        Writes a pair: the even pointer in the lower half of the word.
    busy : Out(1)
        A column is held.
    faulty : Out(parity)
        The parity of a pointer that is taken from its bank is wrong.
    halves : In(TileHalves)
        Halves of the banks that are read and written; with streamed weights only, where a write
        takes no cycle of the other half.
    """

    i: stream.Interface
    o: stream.Interface
    pointer_base: Signal
    w_port: WritePortInterface
    busy: Signal
    faulty: Signal
    halves: TileHalvesInterface

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
                "busy": Out(1),
                "faulty": Out(config.parity),
                **tile_halves(config),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        even, odd = (
            weight_memory(
                width=config.pointer_bits,
                depth=config.pointer_words,
                streamed=config.streamed,
                parity=config.parity,
            )
            for _ in range(2)
        )
        m.submodules.even, m.submodules.odd = even, odd

        accept = Signal()
        arrived = Signal()
        moves = Signal()
        index = self.i.payload.index
        m.d.comb += [
            moves.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(~arrived | moves),
            accept.eq(self.i.valid & self.i.ready),
            self.busy.eq(arrived | self.o.valid),
        ]
        for name, bank, carry, low in (("even", even, 1, 0), ("odd", odd, 0, POINTER_HALF_BITS)):
            address = Signal.like(self.pointer_base, name=f"{name}_address")
            # The even pointer of an odd column is that of the next pair: a carry, no further sum.
            m.d.comb += address.eq((Cat(Const(carry, 1), self.pointer_base) + index) >> 1)
            connect_memory(
                m,
                bank,
                read=accept,
                address=address,
                write=self.w_port.en,
                w_address=self.w_port.address,
                w_data=self.w_port.data[low : low + config.pointer_bits],
                halves=self.halves if config.streamed else None,
            )

        # The banks hold their data while nothing is accepted.
        value = Signal(ACTIVATION_BITS, reset_less=True)
        is_odd = Signal(reset_less=True)
        with m.If(self.i.ready):
            m.d.sync += arrived.eq(self.i.valid)
        with m.If(accept):
            m.d.sync += [value.eq(self.i.payload.value), is_odd.eq(index[0])]

        o_value = Signal.like(value, name="o_value")
        o_is_odd = Signal.like(is_odd, name="o_is_odd")
        o_even = Signal.like(even.word, name="o_even", reset_less=True)
        o_odd = Signal.like(odd.word, name="o_odd", reset_less=True)
        with m.If(moves):
            m.d.sync += self.o.valid.eq(arrived)
        with m.If(moves & arrived):
            m.d.sync += [
                o_value.eq(value),
                o_is_odd.eq(is_odd),
                o_even.eq(even.word),
                o_odd.eq(odd.word),
            ]
        if config.parity:
            m.d.comb += self.faulty.eq(moves & arrived & (even.faulty | odd.faulty))
        # As wide as the difference, for a memory of fewer entries than there are accumulators.
        start = Signal(max(len(self.o.payload.start), config.row_bits))
        end = Signal(config.row_bits)
        m.d.comb += [
            start.eq(Mux(o_is_odd, o_odd, o_even)),
            end.eq(Mux(o_is_odd, o_even, o_odd)),
            self.o.payload.value.eq(o_value),
            self.o.payload.start.eq(start),
            self.o.payload.more.eq(end + ~start),
            self.o.payload.empty.eq(o_even == o_odd),
        ]
        return m
