"""Loader: takes the packets of the load stream apart."""

from collections.abc import Mapping
from typing import NamedTuple

from amaranth import Cat, Module, Mux, Signal, Value
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


class Tiles(NamedTuple):
    """What packets of tiles write, which come during a run, too.

    Parameters
    ----------
    memories : frozenset of int
        Codes of the memories of two halves; the words of each are those of a half.
    end : int
        Code of the packet of one word that ends a tile.
    """

    memories: frozenset[int]
    end: int


TILE_PORTS = {
    **dict.fromkeys(("drop", "awaited"), In(1)),
    **dict.fromkeys(("refuses", "tile"), Out(1)),
}
"""Ports of a loader that have to do with tiles."""

RUN_PORTS = {"pause": In(1), "room": In(1), "half": In(1)}
"""Ports of a loader that takes packets during a run."""

HALF_BIT = ADDRESS_BITS - 1
"""Bit of an address on the load bus that names the half or bank, where there are such."""


class Loader(wiring.Component):
    """Write the packets of the load stream to the memories (`zskip.model.common.stream`).

    A packet that names no memory, no unit, or an address beyond the end of its memory is dropped as
    a whole and reported in `error`; the stream goes on with the next packet. Activations are dealt
    out: activation ``i`` goes to unit ``i mod units``, row ``i div units``, so that a word reaches
    as many units together as it has activations, if there are so many.

    Latency: one cycle from a data word to the bus. Throughput: one data word a cycle, two more
    cycles for a header, one where there are tiles; with fewer than four units a word of activations
    takes 4 / units cycles.
    Stall rule: `i` waits while `enable` is low. Where there are tiles, it waits while `pause` is
    high; a packet of a tile waits behind its header for `room`, any other one for `enable`. Where
    there are banks, packets of the input vector wait as those of a tile do.

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
    tiles : Tiles, optional
        Packets that come during runs; none by default.
    banks : bool, optional
        Whether the memory of the input vector has two banks, so that its packets come during runs;
        not where there are tiles.

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
        A packet is under way, and not one of a tile.
    input_en : Out(1)
        A word of the input vector is taken.
    input_address : Out(ADDRESS_BITS)
        Its number.
    pause : In(1)
        Take no word; with tiles or banks only, as are the following.
    room : In(1)
        A half or bank is free.
    half : In(1)
        Which.
    drop : In(1)
        Drop what belongs to tiles; with tiles only, as are the following.
    awaited : In(1)
        A pass waits for a tile: any other packet is refused.
    refuses : Out(1)
        A packet is refused.
    tile : Out(1)
        The word at `i` ends a tile, and is taken.
    """

    i: stream.Interface
    enable: Signal
    load: LoadBusInterface
    w_program: WritePortInterface
    error: Signal
    open: Signal
    input_en: Signal
    input_address: Signal
    pause: Signal
    room: Signal
    half: Signal
    drop: Signal
    awaited: Signal
    refuses: Signal
    tile: Signal

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
        tiles: Tiles | None = None,
        banks: bool = False,
    ) -> None:
        self.tiles = tiles
        self.banks = banks
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
                **(RUN_PORTS if tiles or banks else {}),
                **(TILE_PORTS if tiles else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        header = Signal(word_layout(LOAD_HEADER, STREAM_BITS))
        take = Signal()
        m.d.comb += take.eq(self.i.valid & self.i.ready)
        allowed = ~self.pause if self.tiles or self.banks else self.enable
        m.d.sync += [self.load.en.eq(0), self.w_program.en.eq(0)]
        with m.FSM() as fsm:
            with m.State("Header"):
                m.d.comb += self.i.ready.eq(allowed)
                m.d.sync += header.eq(self.i.payload)
                with m.If(take):
                    m.next = "Check"
            with m.State("Check"):
                passes = self._check(m, header)
                if self.tiles:
                    with m.If(passes):
                        m.d.comb += self.i.ready.eq(allowed)
                        self._words(m, header, take)
                        self._count_word(m, header, take)
            with m.State("Words"):
                m.d.comb += self.i.ready.eq(allowed)
                self._words(m, header, take)
                self._count_word(m, header, take)
            if self.dealt:
                with m.State("Activations"):
                    self._activations(m, header, allowed)
                    self._count_word(m, header, take)
            with m.State("Drop"):
                m.d.comb += self.i.ready.eq(allowed)
                self._count_word(m, header, take)
        opened = ~fsm.ongoing("Header")
        if self.tiles:
            ends = (fsm.ongoing("Words") | passes) & (header.target == self.tiles.end)
            m.d.comb += self.tile.eq(take & ends)
            opened &= ~self._of_tile(header)
        writes = fsm.ongoing("Activations" if self.dealt else "Words")
        if self.tiles and not self.dealt:
            writes |= passes
        m.d.comb += [
            self.open.eq(opened),
            self.input_en.eq(take & writes & (header.target == self.inputs)),
            self.input_address.eq(header.address),
        ]
        return m

    def _check(self, m: Module, header: data.View) -> Signal:
        """Refuse a header that names what is not there, or take its words.

        Returns whether words may be taken in this very cycle, which is only so where there are
        tiles, whose packets follow one another without a pause.
        """
        passes = Signal()
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
            if self.tiles:
                m.d.comb += self.refuses.eq(1)
            m.next = "Drop"

        with m.If(header.words == 0):
            m.next = "Header"
        with m.Elif(~known):
            refuse(ErrorCode.TARGET)
        with m.Elif(header.pe >= units):
            refuse(ErrorCode.PE)
        with m.Elif(header.address + header.words > limit):
            refuse(ErrorCode.RANGE)
        if self.tiles:
            of_tile = self._of_tile(header)
            with m.Elif(of_tile & self.drop):
                m.next = "Drop"
            with m.Elif(~of_tile & self.awaited):
                refuse(ErrorCode.TILE)
            with m.Elif(Mux(of_tile, ~self.room, ~self.enable)):
                m.next = "Check"
        if self.banks:
            with m.Elif(Mux(header.target == self.inputs, ~self.room, ~self.enable)):
                m.next = "Check"
        if self.dealt:
            with m.Elif(header.target == self.inputs):
                m.next = "Activations"
        with m.Else():
            if self.tiles:
                m.d.comb += passes.eq(1)
            m.next = "Words"
        return passes

    def _of_tile(self, header: data.View) -> Value:
        """Return whether a packet belongs to a tile."""
        assert self.tiles is not None
        codes = (*sorted(self.tiles.memories), self.tiles.end)
        return Cat(header.target == code for code in codes).any()

    def _words(self, m: Module, header: data.View, take: Signal) -> None:
        """Write a word as it is."""
        is_program = header.target == self.program
        on_bus = ~is_program
        if self.tiles:
            on_bus = ~is_program & (header.target != self.tiles.end)
        m.d.sync += [
            self.load.en.eq(take & on_bus),
            self.load.target.eq(header.target),
            self.load.pe.eq(header.pe),
            self.load.address.eq(header.address),
            self.load.data.eq(self.i.payload),
            self.w_program.en.eq(take & is_program),
            self.w_program.address.eq(header.address),
            self.w_program.data.eq(self.i.payload),
        ]
        if self.tiles:
            with m.If(self._of_tile(header)):
                m.d.sync += self.load.address[HALF_BIT].eq(self.half)
        if self.banks and not self.dealt:
            with m.If(header.target == self.inputs):
                m.d.sync += self.load.address[HALF_BIT].eq(self.half)

    def _activations(self, m: Module, header: data.View, allowed: Value) -> None:
        """Write the activations of a word to as many units at a time as it has lanes for."""
        lanes = min(LANES, self.pe_count)
        lane_bits, pe_bits = exact_log2(lanes), exact_log2(self.pe_count)
        steps = LANES // lanes
        step = Signal(range(steps))
        group = Signal(ADDRESS_BITS + exact_log2(steps))
        at_last_step: ValueLike = step == steps - 1 if steps > 1 else 1
        write = Signal()
        m.d.comb += [
            write.eq(self.i.valid & allowed),
            group.eq(header.address * steps + step),
            self.i.ready.eq(allowed & at_last_step),
        ]
        m.d.sync += [
            self.load.en.eq(write),
            self.load.target.eq(self.inputs),
            self.load.pe.eq(group[: pe_bits - lane_bits] << lane_bits),
            self.load.address.eq(group[pe_bits - lane_bits :]),
            self.load.data.eq(self.i.payload.word_select(step, lanes * ACTIVATION_BITS)),
        ]
        if self.banks:
            m.d.sync += self.load.address[HALF_BIT].eq(self.half)
        with m.If(write):
            m.d.sync += step.eq(step + 1)

    def _count_word(self, m: Module, header: data.View, take: Signal) -> None:
        """Move on to the next address; the packet ends with its last word."""
        with m.If(take):
            m.d.sync += [header.address.eq(header.address + 1), header.words.eq(header.words - 1)]
            with m.If(header.words == 1):
                m.next = "Header"
