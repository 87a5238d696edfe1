"""Loader: takes the packets of the load stream apart."""

from amaranth import Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.hw.common.bitfields import word_layout
from zskip.hw.eie.interfaces import (
    LOAD_ADDRESS_BITS,
    LoadBus,
    LoadBusInterface,
    WritePort,
    WritePortInterface,
)
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import LANES, LOAD_HEADER, STREAM_BITS, ErrorCode
from zskip.model.eie.config import Config
from zskip.model.eie.packets import Target
from zskip.model.eie.passes import pass_words


class Loader(wiring.Component):
    """Write the packets of the load stream to the memories (`zskip.model.eie.packets`).

    A packet that names no memory, no PE, or an address beyond the end of its memory is dropped as
    a whole and reported in `error`; the stream goes on with the next packet.

    Latency: one cycle from a data word to the bus. Throughput: one data word a cycle, two more
    cycles for a header; with fewer than four PEs a word of activations takes 4 / PEs cycles.
    Stall rule: `i` waits while `enable` is low.

    Parameters
    ----------
    config : Config
        Gives depths and widths.

    Members
    -------
    i : In(stream)
        Load packets.
    enable : In(1)
        I/O mode.
    load : Out(LoadBus)
        Writes to the PEs.
    w_program : Out(WritePort)
        Writes to the program memory.
    error : Out(ErrorCode)
        The first error since reset.
    """

    i: stream.Interface
    enable: Signal
    load: LoadBusInterface
    w_program: WritePortInterface
    error: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        words = pass_words(config) * config.pass_count
        self._limits = {
            Target.POINTERS: config.pointer_depth // 2,
            Target.SPMAT: config.spmat_depth,
            Target.BIAS: config.bias_depth,
            Target.ACTIVATIONS: config.vector_depth // LANES,
            Target.PROGRAM: words,
        }
        super().__init__(
            {
                "i": In(stream.Signature(STREAM_BITS)),
                "enable": In(1),
                "load": Out(LoadBus()),
                "w_program": Out(
                    WritePort(address_bits=max(1, (words - 1).bit_length()), data_bits=STREAM_BITS)
                ),
                "error": Out(range(max(ErrorCode) + 1)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        header = Signal(word_layout(LOAD_HEADER, STREAM_BITS))
        limit = Signal(range(max(self._limits.values()) + 1))
        known = Signal()
        with m.Switch(header.target):
            for target, words in self._limits.items():
                with m.Case(target):
                    m.d.comb += [limit.eq(words), known.eq(1)]
        has_pe = header.target < Target.ACTIVATIONS
        pe_limit = Mux(has_pe, self.config.pe_count, 1)

        def refuse(code: ErrorCode) -> None:
            """Report the first error and drop the packet."""
            with m.If(self.error == ErrorCode.NONE):
                m.d.sync += self.error.eq(code)
            m.next = "Drop"

        take = self.i.valid & self.i.ready
        m.d.sync += [self.load.en.eq(0), self.w_program.en.eq(0)]
        with m.FSM():
            with m.State("Header"):
                m.d.comb += self.i.ready.eq(self.enable)
                m.d.sync += header.eq(self.i.payload)
                with m.If(take):
                    m.next = "Check"

            with m.State("Check"):
                with m.If(header.words == 0):
                    m.next = "Header"
                with m.Elif(~known):
                    refuse(ErrorCode.TARGET)
                with m.Elif(header.pe >= pe_limit):
                    refuse(ErrorCode.PE)
                with m.Elif(header.address + header.words > limit):
                    refuse(ErrorCode.RANGE)
                with m.Elif(header.target == Target.ACTIVATIONS):
                    m.next = "Activations"
                with m.Else():
                    m.next = "Words"

            with m.State("Words"):
                m.d.comb += self.i.ready.eq(self.enable)
                m.d.sync += [
                    self.load.en.eq(take & (header.target != Target.PROGRAM)),
                    self.load.target.eq(header.target),
                    self.load.pe.eq(header.pe),
                    self.load.address.eq(header.address),
                    self.load.data.eq(self.i.payload),
                    self.w_program.en.eq(take & (header.target == Target.PROGRAM)),
                    self.w_program.address.eq(header.address),
                    self.w_program.data.eq(self.i.payload),
                ]
                self._count_word(m, header, take)

            with m.State("Activations"):
                self._activations(m, header, take)

            with m.State("Drop"):
                m.d.comb += self.i.ready.eq(self.enable)
                self._count_word(m, header, take)
        return m

    def _activations(self, m: Module, header: data.View, take: Value) -> None:
        """Write the activations of a word to `lanes` PEs at a time."""
        config = self.config
        lane_bits = exact_log2(config.lanes)
        steps = LANES // config.lanes
        step = Signal(range(steps))
        group = Signal(LOAD_ADDRESS_BITS + exact_log2(steps))
        m.d.comb += [
            group.eq(header.address * steps + step),
            self.i.ready.eq(self.enable & (step == steps - 1)),
        ]
        m.d.sync += [
            self.load.en.eq(self.i.valid & self.enable),
            self.load.target.eq(Target.ACTIVATIONS),
            self.load.pe.eq(group[: config.pe_bits - lane_bits] << lane_bits),
            self.load.address.eq(group[config.pe_bits - lane_bits :]),
            self.load.data.eq(self.i.payload.word_select(step, config.lanes * ACTIVATION_BITS)),
        ]
        with m.If(self.i.valid & self.enable):
            m.d.sync += step.eq(step + 1)
        self._count_word(m, header, take)

    def _count_word(self, m: Module, header: data.View, take: Value) -> None:
        """Move on to the next address; the packet ends with its last word."""
        with m.If(take):
            m.d.sync += [header.address.eq(header.address + 1), header.words.eq(header.words - 1)]
            with m.If(header.words == 1):
                m.next = "Header"
