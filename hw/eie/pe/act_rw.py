"""Activation read/write: the activation SRAM of a PE with its local LNZD."""

from typing import NamedTuple

from amaranth import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.hw.common.sram import Sram
from zskip.hw.common.write_port import WritePort, WritePortInterface
from zskip.hw.eie.interfaces import (
    ActivationBranchInterface,
    activation_branch,
    activation_layout,
)
from zskip.hw.eie.pe.local_lnzd import LocalLnzd
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import LANES
from zskip.model.eie.config import Config

HOLD_PORTS = {"hands_on": In(1)}
"""Port that says which outputs are held for the next layer, unless weights are streamed."""

BANK_PORTS = ("fresh", "bank", "w_bank")
"""Ports that say which bank of input vectors is read, if one is, and which is written."""


class FirstWord(NamedTuple):
    """The first word of the inputs of the next layer, as it is written.

    `enable` has the lane that takes `value`; `present` marks the lanes that are not zero, `known`
    says that row 0 was written, both with what is written in this cycle.
    """

    enable: Signal
    value: Value
    present: Signal
    known: Signal


class ActRW(wiring.Component):
    """Activation SRAM of four activations a word, whose halves change roles between layers.

    In computing mode the words of the half that holds the inputs are read one after the other,
    and the non-zero activations leave through `o` in ascending order; with broadcasts of groups the
    words leave, whatever they have. Write-back and the result
    stream use the other half, the load stream the first one (EIE paper, section IV). The first word
    of the inputs of a layer is held as it is written, and not read then: unless weights are
    streamed or SRAMs have parity, from `w_source` to the half and from `w_output` with
    `hands_on`, where row 0 was written since the last computing mode.

    Latency: one cycle from computing mode to the first activation at `o` where its word is held,
    else three, as words are registered behind the SRAM; one from `read` to `activation`.
    Throughput: one activation a cycle without a bubble between words, but for one behind a held
    word that gives fewer than two; a word without a non-zero activation takes one cycle. With
    broadcasts of groups all of this is one cycle earlier, and one word a cycle. Stall rule: `o`
    waits for the LNZD tree; writes never stall. Reads and writes never come together, nor does a
    read while words of a half are sent.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    compute : In(1)
        Computing mode.
    inputs : In
        Length of the layer's input vector; constant from three cycles before computing mode on.
    half : In(1)
        Half that holds the inputs.
    read : In(1)
        Read output `row` of the layer.
    row : In(activation_row_bits)
        Row of `read`.
    pe : In(pe_bits)
        Number of the PE.
    w_source : In(WritePort)
        Writes an activation of the network's input vector; in I/O mode only.
    w_output : In(WritePort)
        Writes an output of the layer; not in computing mode.
    hands_on : In(1)
        The outputs are the inputs of the next computing mode; not with streamed weights, nor with
        parity.
    o : Out(ActivationSource)
        Non-zero activations with their column index; with broadcasts of groups words of them.
    activation : Out(signed(16))
        Output row of the last `read`.
    faulty : Out(parity)
        The parity of an activation that is taken from the SRAM is wrong.
    faulty_activation : Out(parity)
        The parity of `activation` is wrong.
    first : In(activation_word_bits)
        Word of the inputs to begin with, held like `inputs`; with streamed weights only.
    fresh : In(1)
        The inputs are those of the network, in a bank, held like `inputs`; with `double_input`
        only, as are the following.
    bank : In(1)
        Which.
    w_bank : In(1)
        Bank that `w_source` writes, in computing mode, too, unless `bank` is the same.
    """

    compute: Signal
    inputs: Signal
    half: Signal
    read: Signal
    row: Signal
    pe: Signal
    w_source: WritePortInterface
    w_output: WritePortInterface
    hands_on: Signal
    o: ActivationBranchInterface
    activation: Signal
    faulty: Signal
    faulty_activation: Signal
    first: Signal
    fresh: Signal
    bank: Signal
    w_bank: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        port = WritePort(address_bits=config.activation_row_bits, data_bits=ACTIVATION_BITS)
        super().__init__(
            {
                "compute": In(1),
                "inputs": In(range(config.vector_depth + 1)),
                "half": In(1),
                "read": In(1),
                "row": In(config.activation_row_bits),
                "pe": In(config.pe_bits),
                "w_source": In(port),
                "w_output": In(port),
                "o": Out(activation_branch(config)),
                "activation": Out(signed(ACTIVATION_BITS)),
                "faulty": Out(config.parity),
                "faulty_activation": Out(config.parity),
                **({"first": In(config.activation_word_bits)} if config.streamed else {}),
                **(HOLD_PORTS if config.holds_first_word else {}),
                **({name: In(1) for name in BANK_PORTS} if config.double_input else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.sram = sram = Sram(
            width=LANES * ACTIVATION_BITS,
            depth=2 * config.activation_depth // LANES,
            lanes=LANES,
            parity=config.parity,
        )
        scan_word = Signal(config.activation_row_bits - exact_log2(LANES))
        scan = Signal()
        shown, faulty = sram.word, sram.faulty if config.parity else Const(0)
        w_source = self.w_source.en
        scans: Value = self.compute
        if config.double_input:
            shown = Mux(self.fresh, self._banks(m, scan, scan_word), shown)
            w_source, scans = Const(0), self.compute & ~self.fresh

        # A row: its lane below the number of its word.
        accessed = Signal(config.activation_row_bits)
        row_half = Signal()
        lane = accessed[: exact_log2(LANES)]
        write = w_source | self.w_output.en
        written = Mux(w_source, self.w_source.data, self.w_output.data)
        m.d.comb += [accessed.eq(self.row), row_half.eq(~self.half)]
        with m.If(w_source):
            m.d.comb += [accessed.eq(self.w_source.address), row_half.eq(0)]
        with m.Elif(self.w_output.en):
            m.d.comb += accessed.eq(self.w_output.address)
        m.d.comb += [
            sram.en.eq(write | self.read | (scan & scans)),
            sram.we.eq(Mux(write, 1 << lane, 0)),
            # Not chosen by `scan` or `read`, which come late in the cycle.
            sram.address.eq(
                Mux(
                    scans & ~write,
                    Cat(scan_word, self.half),
                    Cat(accessed[exact_log2(LANES) :], row_half),
                )
            ),
            sram.w_data.eq(written.replicate(LANES)),
        ]
        first = None
        if config.holds_first_word:
            hands_on = w_source | (self.w_output.en & self.hands_on)
            first = self._first(m, hands_on, accessed, written)
        self._scan(m, shown, faulty, scan, scan_word, first)
        read_lane = Signal(exact_log2(LANES))
        with m.If(self.read):
            m.d.sync += read_lane.eq(lane)
        m.d.comb += self.activation.eq(sram.word.word_select(read_lane, ACTIVATION_BITS))
        if config.parity:
            m.d.comb += self.faulty_activation.eq(sram.faulty.bit_select(read_lane, 1))
        return m

    def _banks(self, m: Module, scan: Signal, scan_word: Signal) -> Value:
        """Add the banks of input vectors, and return what the one that is read shows."""
        depth = self.config.activation_depth // LANES
        port = self.w_source
        banks = [Sram(width=LANES * ACTIVATION_BITS, depth=depth, lanes=LANES) for _ in range(2)]
        for number, sram in enumerate(banks):
            m.submodules[f"input_{number}"] = sram
            write = port.en & (self.w_bank == number)
            m.d.comb += [
                sram.en.eq(write | (scan & self.fresh & (self.bank == number))),
                sram.we.eq(Mux(write, 1 << port.address[: exact_log2(LANES)], 0)),
                sram.address.eq(Mux(write, port.address[exact_log2(LANES) :], scan_word)),
                sram.w_data.eq(port.data.replicate(LANES)),
            ]
        return Mux(self.bank, banks[1].word, banks[0].word)

    def _first(self, m: Module, hands_on: Value, row: Signal, written: Value) -> FirstWord:
        """Follow what is written to the first word of the inputs of the next layer."""
        present = Signal(LANES)
        known = Signal()
        first = FirstWord(
            enable=Signal(LANES, name="holds"),
            value=written,
            present=Signal(LANES, name="next_present"),
            known=Signal(name="next_known"),
        )
        begins = hands_on & (row == 0)
        # Behind row 0 the others follow, or stay 0.
        m.d.comb += [
            first.enable.eq(Mux(hands_on & (row < LANES), 1 << row[: exact_log2(LANES)], 0)),
            first.present.eq(
                Mux(begins, 0, present & ~first.enable) | Mux(written.any(), first.enable, 0)
            ),
            first.known.eq(known | begins),
        ]
        m.d.sync += [present.eq(first.present), known.eq(first.known & ~self.compute)]
        return first

    def _scan(
        self,
        m: Module,
        shown: Value,
        faulty: Value,
        scan: Signal,
        scan_word: Signal,
        first: FirstWord | None,
    ) -> None:
        """Go through the words of the input vector: the SRAM shows one, another one is held."""
        last_word, last_lanes, some = self._extent(m, scan_word)
        # `more` goes far: `searching` says that words remain, are fetched or held.
        searching = Signal()
        remaining = Signal()
        fetched = Signal()
        fetched_word = Signal.like(scan_word, reset_less=True)
        held = Signal()
        word = Signal(self._held_layout(), reset_less=True)
        moves = Signal()
        sends = self._offer if self.config.in_groups else self._pick
        m.d.comb += [
            moves.eq(~held | sends(m, held & self.compute, word)),
            scan.eq(self.compute & remaining & (~fetched | moves)),
            # Without the register behind a word, what is offered is held.
            self.o.more.eq(searching if self.config.in_groups else self.o.stream.valid | searching),
        ]
        wanted = Mux(fetched_word == last_word, last_lanes, (1 << LANES) - 1)
        lanes = [shown.word_select(lane, ACTIVATION_BITS) for lane in range(LANES)]
        # Found in front of the register, as what is held decides on the next read.
        present = Cat(lane.any() for lane in lanes)
        if self.config.parity:
            m.d.comb += self.faulty.eq(moves & fetched & (faulty & wanted).any())
        with m.If(moves):
            m.d.sync += [fetched.eq(0), held.eq(fetched), searching.eq(fetched | remaining)]
        with m.If(moves & fetched):
            m.d.sync += [
                word.values.eq(shown),
                word.number.eq(fetched_word),
                word.wanted.eq(wanted & present),
            ]
        with m.If(scan):
            m.d.sync += [
                fetched.eq(1),
                fetched_word.eq(scan_word),
                scan_word.eq(scan_word + 1),
                remaining.eq(scan_word != last_word),
            ]
        with m.If(~self.compute):
            m.d.sync += [
                searching.eq(some),
                held.eq(0),
                fetched.eq(0),
                scan_word.eq(self.first if self.config.streamed else 0),
                remaining.eq(some),
            ]
            if first is not None:
                known = first.known & ~self.fresh if self.config.double_input else first.known
                in_first = Mux(last_word == 0, last_lanes, (1 << LANES) - 1)
                m.d.sync += [
                    held.eq(known & some),
                    scan_word.eq(known),
                    remaining.eq(some & ~(known & (last_word == 0))),
                    word.number.eq(0),
                    word.wanted.eq(first.present & in_first),
                ]
        if first is not None:
            for lane, enable in enumerate(first.enable):
                with m.If(enable):
                    m.d.sync += word.values[lane].eq(first.value)

    def _held_layout(self) -> data.StructLayout:
        """Return a word with its number and the lanes that are still to be sent."""
        return data.StructLayout(
            {
                "values": data.ArrayLayout(ACTIVATION_BITS, LANES),
                "number": self.config.activation_row_bits - exact_log2(LANES),
                "wanted": LANES,
            }
        )

    def _extent(self, m: Module, scan_word: Signal) -> tuple[Signal, Signal, Value]:
        """Find the PE's part of the vector: its last word, the lanes of that, if there is any."""
        rows = Signal(range(self.config.activation_depth + 1))
        last_row = Signal(self.config.activation_row_bits)
        last_word = Signal.like(scan_word)
        last_lanes = Signal(LANES)
        m.d.comb += last_row.eq(rows - 1)
        m.d.sync += [
            rows.eq((self.inputs + ~self.pe) >> self.config.pe_bits),
            last_word.eq(last_row[exact_log2(LANES) :]),
            last_lanes.eq((2 << last_row[: exact_log2(LANES)]) - 1),
        ]
        if not self.config.streamed:
            return last_word, last_lanes, rows.any()
        return last_word, last_lanes, rows > (self.first << exact_log2(LANES))

    def _pick(self, m: Module, held: Value, word: data.View) -> Signal:
        """Send the non-zero activations of the word that is held; return whether it is done."""
        m.submodules.lnzd = lnzd = LocalLnzd(depth=LANES)
        output = self.o.stream
        activation = Signal(activation_layout(self.config), reset_less=True)
        output_ready = Signal()
        pick = Signal()
        done = Signal()
        m.d.comb += [
            lnzd.flags.eq(word.wanted),
            output.payload.eq(activation),
            output_ready.eq(~output.valid | output.ready),
            pick.eq(held & lnzd.found & output_ready),
        ]
        sent = output_ready & ~lnzd.rest.any()
        if self.config.in_rounds:
            m.d.comb += done.eq(Mux(lnzd.found, sent, self._has_turn(m, held & done, pick)))
        else:
            m.d.comb += done.eq(~lnzd.found | sent)
        with m.If(output_ready):
            m.d.sync += output.valid.eq(held & lnzd.found)
        with m.If(pick):
            m.d.sync += [
                word.wanted.eq(lnzd.rest),
                activation.value.eq(word.values[lnzd.position]),
                activation.index.eq(self._index(lnzd.position, word.number)),
            ]
        return done

    def _offer(self, m: Module, held: Value, word: data.View) -> Value:
        """Offer the word that is held whole; return whether it is done."""
        output = self.o.stream
        m.d.comb += [
            output.valid.eq(held),
            output.payload.wanted.eq(word.wanted),
            output.payload.number.eq(Cat(self.pe, word.number)),
            *(output.payload[f"lane_{lane}"].eq(word.values[lane]) for lane in range(LANES)),
        ]
        return output.ready

    def _index(self, lane: Value, word: Value) -> Value:
        """Return the column of an activation as the pointer read takes it: its place."""
        if self.config.in_rounds:
            return Cat(lane, self.pe, word)
        return Cat(self.pe, lane, word)

    def _has_turn(self, m: Module, ends: Value, pick: Signal) -> Value:
        """Return whether a word without an activation may be passed over.

        A word is a round; `ends` says when the one that is held does.
        """
        searched = Signal()
        offered = Signal(reset_less=True)
        with m.If(ends):
            m.d.sync += searched.eq(~searched)
        with m.If(~self.compute):
            m.d.sync += searched.eq(0)
        with m.If(pick):
            m.d.sync += offered.eq(searched)
        m.d.comb += self.o.round.eq(Mux(self.o.stream.valid, offered, searched))
        return ~self.o.stream.valid & (self.o.turn == searched)
