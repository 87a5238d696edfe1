"""Loader: takes the packets of the load stream apart."""

from collections.abc import Mapping
from typing import NamedTuple

from amaranth import Module, Signal
from amaranth.hdl import ValueLike
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.hw.common.bitfields import word_layout
from zskip.hw.common.load_bus import LoadBus, LoadBusInterface
from zskip.hw.common.write_port import WritePort, WritePortInterface, address_bits
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import ADDRESS_BITS, LANES, LOAD_HEADER, STREAM_BITS, ErrorCode


class Memory(NamedTuple):
    """A memory that packets may write.

    Parameters
    ----------
    words : int
        Words of the stream that it takes.
    per_pe : bool
        Whether every unit has one of its own.
    """

    words: int
    per_pe: bool


class Loader(wiring.Component):
    """Write the packets of the load stream to the memories (`zskip.model.common.stream`).

    A packet that names no memory, no unit, or an address beyond the end of its memory is dropped as
    a whole and reported in `error`; the stream goes on with the next packet. Activations are dealt
    out: activation ``i`` goes to unit ``i mod units``, row ``i div units``, so that a word reaches
    as many units together as it has activations, if there are so many.

    Latency: one cycle from a data word to the bus. Throughput: one data word a cycle, two more
    cycles for a header; with fewer than four units a word of activations takes 4 / units cycles.
    Stall rule: `i` waits while `enable` is low.

    Parameters
    ----------
    memories : mapping of int to Memory
        The memories by the engine's code of them.
    program : int
        Code of the program memory, which `w_program` writes; all others are on the load bus.
    inputs : int
        Code of the memory of the input vector.
    dealt : bool
        Whether its words are dealt out as activations.
    pe_count : int
        Units, a power of two.
    target_bits, pe_bits : int
        Widths on the load bus.

    Members
    -------
    i : In(stream)
        Load packets.
    enable : In(1)
        No run is under way.
    load : Out(LoadBus)
        Writes to the units.
    w_program : Out(WritePort)
        Writes to the program memory.
    error : Out(ErrorCode)
        The first error since reset.
    open : Out(1)
        A packet is under way.
    input_en : Out(1)
        A word of the input vector is taken.
    input_address : Out(ADDRESS_BITS)
        Its number.
    """

    i: stream.Interface
    enable: Signal
    load: LoadBusInterface
    w_program: WritePortInterface
    error: Signal
    open: Signal
    input_en: Signal
    input_address: Signal

    def __init__(
        self,
        *,
        memories: Mapping[int, Memory],
        program: int,
        inputs: int,
        dealt: bool,
        pe_count: int,
        target_bits: int,
        pe_bits: int,
    ) -> None:
        self.memories = memories
        self.program = program
        self.inputs = inputs
        self.dealt = dealt
        self.pe_count = pe_count
        depth = memories[program].words
        super().__init__(
            {
                "i": In(stream.Signature(STREAM_BITS)),
                "enable": In(1),
                "load": Out(LoadBus(target_bits=target_bits, pe_bits=pe_bits)),
                "w_program": Out(
                    WritePort(address_bits=address_bits(depth), data_bits=STREAM_BITS)
                ),
                "error": Out(range(max(ErrorCode) + 1)),
                "open": Out(1),
                "input_en": Out(1),
                "input_address": Out(ADDRESS_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        header = Signal(word_layout(LOAD_HEADER, STREAM_BITS))
        take = Signal()
        m.d.comb += take.eq(self.i.valid & self.i.ready)
        m.d.sync += [self.load.en.eq(0), self.w_program.en.eq(0)]
        with m.FSM() as fsm:
            with m.State("Header"):
                m.d.comb += self.i.ready.eq(self.enable)
                m.d.sync += header.eq(self.i.payload)
                with m.If(take):
                    m.next = "Check"
            with m.State("Check"):
                self._check(m, header)
            with m.State("Words"):
                m.d.comb += self.i.ready.eq(self.enable)
                self._words(m, header, take)
                self._count_word(m, header, take)
            if self.dealt:
                with m.State("Activations"):
                    self._activations(m, header)
                    self._count_word(m, header, take)
            with m.State("Drop"):
                m.d.comb += self.i.ready.eq(self.enable)
                self._count_word(m, header, take)
        writes = fsm.ongoing("Activations" if self.dealt else "Words")
        m.d.comb += [
            self.open.eq(~fsm.ongoing("Header")),
            self.input_en.eq(take & writes & (header.target == self.inputs)),
            self.input_address.eq(header.address),
        ]
        return m

    def _check(self, m: Module, header: data.View) -> None:
        """Refuse a header that names what is not there, or take its words."""
        limit = Signal(range(max(memory.words for memory in self.memories.values()) + 1))
        units = Signal(range(self.pe_count + 1), init=1)
        known = Signal()
        with m.Switch(header.target):
            for target, memory in self.memories.items():
                with m.Case(target):
                    m.d.comb += [limit.eq(memory.words), known.eq(1)]
                    m.d.comb += units.eq(self.pe_count if memory.per_pe else 1)

        def refuse(code: ErrorCode) -> None:
            """Report the first error and drop the packet."""
            with m.If(self.error == ErrorCode.NONE):
                m.d.sync += self.error.eq(code)
            m.next = "Drop"

        with m.If(header.words == 0):
            m.next = "Header"
        with m.Elif(~known):
            refuse(ErrorCode.TARGET)
        with m.Elif(header.pe >= units):
            refuse(ErrorCode.PE)
        with m.Elif(header.address + header.words > limit):
            refuse(ErrorCode.RANGE)
        if self.dealt:
            with m.Elif(header.target == self.inputs):
                m.next = "Activations"
        with m.Else():
            m.next = "Words"

    def _words(self, m: Module, header: data.View, take: Signal) -> None:
        """Write a word as it is."""
        is_program = header.target == self.program
        m.d.sync += [
            self.load.en.eq(take & ~is_program),
            self.load.target.eq(header.target),
            self.load.pe.eq(header.pe),
            self.load.address.eq(header.address),
            self.load.data.eq(self.i.payload),
            self.w_program.en.eq(take & is_program),
            self.w_program.address.eq(header.address),
            self.w_program.data.eq(self.i.payload),
        ]

    def _activations(self, m: Module, header: data.View) -> None:
        """Write the activations of a word to as many units at a time as it has lanes for."""
        lanes = min(LANES, self.pe_count)
        lane_bits, pe_bits = exact_log2(lanes), exact_log2(self.pe_count)
        steps = LANES // lanes
        step = Signal(range(steps))
        group = Signal(ADDRESS_BITS + exact_log2(steps))
        at_last_step: ValueLike = step == steps - 1 if steps > 1 else 1
        write = Signal()
        m.d.comb += [
            write.eq(self.i.valid & self.enable),
            group.eq(header.address * steps + step),
            self.i.ready.eq(self.enable & at_last_step),
        ]
        m.d.sync += [
            self.load.en.eq(write),
            self.load.target.eq(self.inputs),
            self.load.pe.eq(group[: pe_bits - lane_bits] << lane_bits),
            self.load.address.eq(group[pe_bits - lane_bits :]),
            self.load.data.eq(self.i.payload.word_select(step, lanes * ACTIVATION_BITS)),
        ]
        with m.If(write):
            m.d.sync += step.eq(step + 1)

    def _count_word(self, m: Module, header: data.View, take: Signal) -> None:
        """Move on to the next address; the packet ends with its last word."""
        with m.If(take):
            m.d.sync += [header.address.eq(header.address + 1), header.words.eq(header.words - 1)]
            with m.If(header.words == 1):
                m.next = "Header"
