"""Activation read/write: the activation SRAM of a PE with its local LNZD."""

from amaranth import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.hw.common.sram import Sram
from zskip.hw.common.write_port import WritePort, WritePortInterface
from zskip.hw.eie.interfaces import ActivationSource, ActivationSourceInterface
from zskip.hw.eie.pe.local_lnzd import LocalLnzd
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import LANES
from zskip.model.eie.config import Config


class ActRW(wiring.Component):
    """Activation SRAM of four activations a word, whose halves change roles between layers.

    In computing mode the words of the half that holds the inputs are read one after the other,
    and the non-zero activations leave through `o` in ascending order. Write-back and the result
    stream use the other half, the load stream the first one (EIE paper, section IV).

    Latency: two cycles from computing mode to the first activation at `o`; one from `read` to
    `activation`. Throughput: one activation a cycle without a bubble between words; a word
    without a non-zero activation takes one cycle. Stall rule: `o` waits for the LNZD tree; writes
    never stall. Reads and writes never come together.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    compute : In(1)
        Computing mode.
    inputs : In
        Length of the layer's input vector.
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
        Writes an output of the layer.
    o : Out(ActivationSource)
        Non-zero activations with their column index.
    activation : Out(signed(16))
        Output row of the last `read`.
    """

    compute: Signal
    inputs: Signal
    half: Signal
    read: Signal
    row: Signal
    pe: Signal
    w_source: WritePortInterface
    w_output: WritePortInterface
    o: ActivationSourceInterface
    activation: Signal

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
                "o": Out(ActivationSource(config)),
                "activation": Out(signed(ACTIVATION_BITS)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.sram = sram = Sram(
            width=LANES * ACTIVATION_BITS, depth=2 * config.activation_depth // LANES, lanes=LANES
        )
        scan_word = Signal(config.activation_row_bits - exact_log2(LANES))
        scan = Signal()
        self._scan(m, sram.r_data, scan, scan_word)

        # A row: its lane below the number of its word.
        accessed = Signal(config.activation_row_bits)
        row_half = Signal()
        lane = accessed[: exact_log2(LANES)]
        write = self.w_source.en | self.w_output.en
        m.d.comb += [accessed.eq(self.row), row_half.eq(~self.half)]
        with m.If(self.w_source.en):
            m.d.comb += [accessed.eq(self.w_source.address), row_half.eq(0)]
        with m.Elif(self.w_output.en):
            m.d.comb += accessed.eq(self.w_output.address)
        m.d.comb += [
            sram.en.eq(write | self.read | scan),
            sram.we.eq(Mux(write, 1 << lane, 0)),
            sram.address.eq(
                Mux(scan, Cat(scan_word, self.half), Cat(accessed[exact_log2(LANES) :], row_half))
            ),
            sram.w_data.eq(
                Mux(self.w_source.en, self.w_source.data, self.w_output.data).replicate(LANES)
            ),
        ]
        read_lane = Signal(exact_log2(LANES))
        with m.If(self.read):
            m.d.sync += read_lane.eq(lane)
        m.d.comb += self.activation.eq(sram.r_data.word_select(read_lane, ACTIVATION_BITS))
        return m

    def _scan(self, m: Module, word_data: Signal, scan: Signal, scan_word: Signal) -> None:
        """Go through the words of the input vector."""
        next_word = Signal(len(scan_word) + 1)
        held = Signal()
        held_word = Signal.like(scan_word)
        passed = Signal(LANES)
        remaining = Signal()
        done = self._pick(m, word_data, held, held_word, passed)
        lane = Const(0, exact_log2(LANES))
        m.d.comb += [
            scan_word.eq(next_word),
            remaining.eq(Cat(self.pe, lane, next_word) < self.inputs),
            scan.eq(self.compute & remaining & (~held | done)),
            self.o.more.eq(self.o.stream.valid | held | remaining),
        ]
        with m.If(done):
            m.d.sync += held.eq(0)
        with m.If(scan):
            m.d.sync += [
                held.eq(1),
                held_word.eq(next_word),
                passed.eq(0),
                next_word.eq(next_word + 1),
            ]
        with m.If(~self.compute):
            m.d.sync += [held.eq(0), next_word.eq(0)]

    def _pick(
        self, m: Module, word_data: Signal, held: Signal, held_word: Signal, passed: Signal
    ) -> Signal:
        """Send the non-zero activations of the word that is held; return whether it is done."""
        m.submodules.lnzd = lnzd = LocalLnzd(depth=LANES)
        output = self.o.stream
        output_ready = Signal()
        pick = Signal()
        done = Signal()
        rest = Signal(LANES)
        for lane in range(LANES):
            index = Cat(self.pe, Const(lane, exact_log2(LANES)), held_word)
            value = word_data.word_select(lane, ACTIVATION_BITS)
            m.d.comb += lnzd.flags[lane].eq(value.any() & ~passed[lane] & (index < self.inputs))
        m.d.comb += [
            output_ready.eq(~output.valid | output.ready),
            pick.eq(held & lnzd.found & output_ready),
            rest.eq(lnzd.flags & (lnzd.flags - 1)),
            done.eq(~lnzd.found | (pick & ~rest.any())),
        ]
        with m.If(output_ready):
            m.d.sync += output.valid.eq(pick)
        with m.If(pick):
            m.d.sync += [
                passed.eq(~rest),
                output.payload.value.eq(word_data.word_select(lnzd.position, ACTIVATION_BITS)),
                output.payload.index.eq(Cat(self.pe, lnzd.position, held_word)),
            ]
        return done
