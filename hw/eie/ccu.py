"""Central control unit: runs the passes of a program."""

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.kept_request import KEEP_PORTS
from zskip.hw.common.request import RequestInterface
from zskip.hw.common.tile_queue import tile_ports
from zskip.hw.common.write_port import WritePortInterface
from zskip.hw.eie import shell
from zskip.hw.eie.central_counters import CentralCounters
from zskip.hw.eie.commands import Control, ControlInterface
from zskip.hw.eie.current_pass import Current, exceeds
from zskip.hw.eie.interfaces import (
    ActivationSourceInterface,
    activation_source,
    activation_stream,
    codebook_port,
    numbered,
)
from zskip.hw.eie.tile import exceeds_layer, tile_settings, tile_word
from zskip.model.common.stream import ErrorCode, Kind
from zskip.model.eie.config import Config
from zskip.model.eie.latencies import write_back_latency

AHEAD_PORTS = {"bank": In(1), **KEEP_PORTS}
"""Ports that have to do with runs back to back."""


class Ccu(wiring.Component):
    """Run the passes of a program, and give out the root's activations (EIE paper, section IV).

    I/O mode between runs. A run is, for each pass: compute until every activation has been
    broadcast and every PE has handed its entries on; write back; send what the pass asks for. With
    streamed weights it computes one tile after the other, up to the pass's last one, and waits for
    each. A tile that exceeds the layer ends the run, as does an error while none is there. The
    descriptor and the codebook of the next pass are fetched during the write-back; behind the pass
    marked last, with which the run ends, that is the first one again. With double input a run ends
    in front of its outputs, unless counters follow them; the next one waits in front of its first
    write-back until they are sent.

    Latency: none from the root to the PEs; one cycle from `start` to computing mode, but for the
    first run of a program, which fetches a whole pass before; none between the end of a write-back
    and the next pass, once that is fetched. Throughput: one broadcast a cycle, of one activation,
    or of a group up to four. Stall rule: a broadcast waits until `o` is ready, which is while no
    activation queue is full.

    Parameters
    ----------
    config : Config
        Gives depths and widths.

    Members
    -------
    start : In(1)
        Begin a run; ignored while `busy`.
    busy : Out(1)
        A run is under way.
    done : Out(1)
        High for one cycle when a run ends.
    error : Out(ErrorCode)
        ``PROGRAM`` once a pass was refused, until reset.
    w_program : In(WritePort)
        Writes the program memory; in I/O mode only.
    idle : In(1)
        Every PE is idle.
    i : In(ActivationSource)
        Root of the LNZD tree.
    o : Out(stream)
        The broadcast.
    control : Out(Control)
        Commands to the PEs.
    codebook : Out(WritePort)
        Codebook of the pass, four values a word.
    request : Out(Request)
        What the emitter sends.
    faulty : Out(parity)
        The parity of a word of the program is wrong.
    loading : In(1)
        A word is on its way to the PEs, where a run does not begin then; not with streamed weights,
        whose tiles come later.
    fetching : Out(1)
        Words of the codebook may come; with streamed weights or `double_input` only.
    tile : In(stream)
        Tiles that are loaded; with streamed weights only, as are the following.
    tile_half : In(1)
        Half of the tile at `tile`.
    failed : In(1)
        There was an error since the run began.
    waits : Out(1)
        The pass waits for a tile.
    refuses : Out(1)
        A pass or a tile is refused.
    bank : In(1)
        Bank with the input vector of the run; with `double_input` only, as are the following.
    sending : In(1)
        Outputs of the run before are still to be sent.
    keep : Out(1)
        The run ends here, and the outputs that `request` tells of are to be sent behind it.
    """

    start: Signal
    busy: Signal
    done: Signal
    error: Signal
    w_program: WritePortInterface
    idle: Signal
    i: ActivationSourceInterface
    o: stream.Interface
    control: ControlInterface
    codebook: WritePortInterface
    request: RequestInterface
    faulty: Signal
    loading: Signal
    fetching: Signal
    tile: stream.Interface
    tile_half: Signal
    failed: Signal
    waits: Signal
    refuses: Signal
    bank: Signal
    sending: Signal
    keep: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "start": In(1),
                "busy": Out(1),
                "done": Out(1),
                "error": Out(range(max(ErrorCode) + 1)),
                "w_program": In(shell.program_port(config)),
                "idle": In(1),
                "i": In(activation_source(config)),
                "o": Out(activation_stream(config)),
                "control": Out(Control(config)),
                "codebook": Out(codebook_port(config)),
                "request": Out(shell.request(config)),
                "faulty": Out(config.parity),
                **({"fetching": Out(1)} if config.streamed or config.double_input else {}),
                **(tile_ports() if config.streamed else {"loading": In(1)}),
                **(AHEAD_PORTS if config.double_input else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.program_memory = program = shell.program_memory(self.config)
        connect(m, flipped(self.w_program), program.w_port)
        connect(m, program.tail, flipped(self.codebook))
        m.d.comb += self.faulty.eq(program.faulty)
        current = Current(
            program,
            Signal.like(program.words[0], name="word_0"),
            Signal.like(program.words[1], name="word_1"),
            Signal(range(self.config.pass_count), name="pass_index"),
            Signal(name="half"),
            Signal(name="refused"),
            Signal(name="ready"),
            Signal(name="settled"),
            Signal(name="fresh", init=1),
        )
        m.d.sync += current.refused.eq(exceeds(program, self.config))
        m.d.comb += [
            self.request.pass_index.eq(current.number),
            self.request.outputs.eq(current.word_0.outputs),
        ]
        self._broadcast(m)
        current.tell(m, self.control.settings, self.config)
        if self.config.streamed or self.config.double_input:
            m.d.comb += self.fetching.eq(program.busy)
        if self.config.streamed:
            tile_settings(m, self.tile, self.tile_half, self.control.settings)
        if self.config.double_input:
            m.d.comb += [
                self.control.settings.fresh.eq(current.fresh),
                self.control.settings.bank.eq(self.bank),
            ]
        quiet = self._fetch(m, current)
        with m.FSM() as fsm:
            self._start(m, current)
            self._compute(m, current, quiet)
            if self.config.streamed:
                self._tile(m, current)
            self._end(m, current)
        m.d.comb += self.busy.eq(~fsm.ongoing("Idle"))
        self._write_back(m, fsm.ongoing("Settle"), current.settled)
        counted = ("Compute", "WriteBack", "Settle")
        self._count(m, Cat(fsm.ongoing(state) for state in counted).any())
        return m

    def _fetch(self, m: Module, current: Current) -> Signal:
        """Fetch the next pass a cycle behind the end of one; return that signal, of the states."""
        program = current.program
        quiet = Signal()
        ended = Signal()
        ahead = Signal()
        # A register, as the PEs tell late in the cycle that they are idle.
        m.d.sync += ended.eq(quiet)
        begins_program = self.start & ~self.busy & ~ahead
        m.d.comb += program.fetch.eq(ended | begins_program)
        with m.If(program.fetch):
            m.d.sync += ahead.eq(begins_program | current.word_0.last)
        with m.If(self.w_program.en):
            m.d.sync += ahead.eq(0)
        if self.config.double_input:
            # Before computing mode, as a word is held for it already.
            with m.If(ended):
                word_0 = current.word_0
                m.d.sync += current.fresh.eq(word_0.last | (current.fresh & ~word_0.swap))
        ends_program = self.control.compute & current.word_0.last & ~program.busy
        m.d.comb += program.rewind.eq(self.w_program.en | ends_program | (self.done & ~ahead))
        loading = Const(0) if self.config.streamed else self.loading
        m.d.comb += current.ready.eq(ahead & program.described & ~program.busy & ~loading)
        return quiet

    def _start(self, m: Module, current: Current) -> None:
        """Add the states up to the begin of the first pass."""
        with m.State("Idle"):
            m.d.sync += current.number.eq(0)
            # With double input, the outputs of the run before stay there until they are sent.
            if not self.config.double_input:
                m.d.sync += current.half.eq(0)
            with m.If(self.start):
                m.d.comb += self.control.restart.eq(1)
                m.next = "Fetch"
                with m.If(current.ready):
                    self._begin(m, current, current.refused)

        with m.State("Fetch"), m.If(current.ready):
            self._begin(m, current, current.refused)

    def _compute(self, m: Module, current: Current, quiet: Signal) -> None:
        """Add the states up to the last row of a pass; `quiet` ends the computing."""
        silent = self.idle & ~self.i.more
        with m.State("Compute"):
            with m.If(silent):
                m.d.sync += self.control.compute.eq(0)
            if self.config.streamed:
                ends = tile_word(self.tile).last
                m.d.comb += self.tile.ready.eq(silent)
                with m.If(silent):
                    m.next = "Tile"
                silent = silent & ends
            m.d.comb += quiet.eq(silent)
            with m.If(silent):
                m.next = "WriteBack"
                if self.config.double_input:
                    with m.If(self.sending):
                        m.next = "Sending"

        if self.config.double_input:
            with m.State("Sending"), m.If(~self.sending):
                m.next = "WriteBack"

        with m.State("WriteBack"):
            m.d.comb += self.control.write_back.eq(1)
            with m.If(self.control.row == current.word_1.rows - 1):
                m.next = "Settle"

    def _tile(self, m: Module, current: Current) -> None:
        """Add the states in front of a tile; the codebook has arrived behind them."""
        with m.State("Tile"):
            with m.If(self.tile.valid & ~current.program.busy):
                with m.If(exceeds_layer(tile_word(self.tile), current.word_0, self.config)):
                    self._refuse(m, ErrorCode.TILE)
                with m.Else():
                    m.next = "Scan"
            with m.Elif(~self.tile.valid):
                m.d.comb += self.waits.eq(1)
                with m.If(self.failed):
                    m.next = "Done"

        # The PEs find their parts of the tile's inputs meanwhile.
        with m.State("Scan"):
            m.d.sync += self.control.compute.eq(1)
            m.next = "Compute"

    def _end(self, m: Module, current: Current) -> None:
        """Add the states behind the last row of a pass."""
        program = current.program
        word_0 = current.word_0
        # The next pass is all there in the cycle behind its last word.
        fetched = current.word_0.last | ~program.reading
        with m.State("Settle"), m.If(current.settled & fetched):
            with m.If(word_0.emit_outputs | word_0.emit_counters):
                m.next = "EmitOutputs"
            with m.Else():
                self._follow(m, current)
            if self.config.double_input:
                with m.If(word_0.last & word_0.emit_outputs & ~word_0.emit_counters):
                    m.d.comb += self.keep.eq(1)
                    self._stop(m)

        with m.State("EmitOutputs"), m.If(self._is_sent(m, current, Kind.OUTPUTS)):
            m.next = "EmitCounters"

        with m.State("EmitCounters"), m.If(self._is_sent(m, current, Kind.COUNTERS)):
            self._follow(m, current)

        # The words of a codebook take the load bus.
        ends = ~program.busy
        if self.config.double_input:
            ends &= ~self.sending
        with m.State("Done"):
            m.d.sync += current.fresh.eq(1)
            with m.If(ends):
                self._stop(m)

    def _stop(self, m: Module) -> None:
        """End the run."""
        m.d.comb += self.done.eq(1)
        m.next = "Idle"

    def _begin(self, m: Module, current: Current, refused: Value) -> None:
        """Start the pass whose descriptor has arrived, unless it is refused."""
        with m.If(refused):
            self._refuse(m, ErrorCode.PROGRAM)
        with m.Else():
            m.d.sync += [
                current.word_0.eq(current.program.words[0]),
                current.word_1.eq(current.program.words[1]),
            ]
            if self.config.streamed:
                m.next = "Tile"
            else:
                # A register of its own, as every PE waits for it.
                m.d.sync += self.control.compute.eq(1)
                m.next = "Compute"

    def _refuse(self, m: Module, code: ErrorCode) -> None:
        """Report what cannot be computed, and let the run end."""
        m.d.sync += self.error.eq(code)
        if self.config.streamed:
            m.d.comb += self.refuses.eq(1)
        m.next = "Done"

    def _follow(self, m: Module, current: Current) -> None:
        """Go on behind a pass: with the next one, or to the end."""
        with m.If(current.word_0.last):
            m.next = "Done"
        with m.Else():
            m.d.comb += self.control.restart.eq(1)
            m.d.sync += [
                current.number.eq(current.number + 1),
                current.half.eq(current.half ^ current.word_0.swap),
            ]
            is_full = current.number == self.config.pass_count - 1
            self._begin(m, current, current.refused | is_full)

    def _is_sent(self, m: Module, current: Current, kind: Kind) -> Value:
        """Ask for a packet if the pass wants it; return whether nothing is left to wait for."""
        wanted = {
            Kind.OUTPUTS: current.word_0.emit_outputs,
            Kind.COUNTERS: current.word_0.emit_counters,
        }[kind]
        m.d.comb += [self.request.valid.eq(wanted), self.request.kind.eq(kind)]
        return self.request.done | ~wanted

    def _write_back(self, m: Module, settling: Value, settled: Signal) -> None:
        """Count the rows of a write-back, and the cycles that the last one takes."""
        latency = write_back_latency(self.config)
        settle = Signal(range(latency))
        m.d.comb += settled.eq(settle == latency - 1)
        with m.If(self.control.compute):
            m.d.sync += [self.control.row.eq(0), settle.eq(0)]
        with m.If(self.control.write_back):
            m.d.sync += self.control.row.eq(self.control.row + 1)
        with m.If(settling & ~settled):
            m.d.sync += settle.eq(settle + 1)

    def _broadcast(self, m: Module) -> None:
        """Send the root's activations."""
        root = self.i.stream
        m.d.comb += [
            self.o.payload.eq(root.payload),
            self.o.valid.eq(root.valid & self.control.compute),
            root.ready.eq(self.o.ready & self.control.compute),
        ]

    def _count(self, m: Module, counting: Value) -> None:
        """Count what happens in a pass."""
        m.submodules.counters = counters = CentralCounters(self.config)
        sent = self.o.valid & self.o.ready
        if self.config.in_groups:
            others = range(1, self.config.broadcast_size)
            count = 1 + sum(self.o.payload[numbered("valid", number)] for number in others)
            sent = Mux(sent, count, 0)
        events = {
            "cycles": counting,
            "broadcasts": sent,
            "stalls": self.o.valid & ~self.o.ready,
            "drain": self.control.compute & ~self.o.valid,
        }
        m.d.comb += [getattr(counters.events, name).eq(event) for name, event in events.items()]
        m.d.comb += [
            counters.restart.eq(self.control.restart),
            self.request.central.eq(counters.values),
        ]
