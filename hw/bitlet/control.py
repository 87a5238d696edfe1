"""Control unit: runs the passes of a program."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.bitlet.commands import (
    EngineCommands,
    EngineCommandsInterface,
    VectorCommands,
    VectorCommandsInterface,
)
from zskip.hw.bitlet.feed import Feed
from zskip.hw.bitlet.interfaces import program_port, request
from zskip.hw.bitlet.refused import exceeds
from zskip.hw.common.kept_request import KEEP_PORTS
from zskip.hw.common.pass_runner import PassRunner
from zskip.hw.common.program_memory import ProgramMemory
from zskip.hw.common.request import RequestInterface
from zskip.hw.common.tile_queue import tile_ports
from zskip.hw.common.write_port import WritePortInterface
from zskip.model.bitlet.config import Config
from zskip.model.bitlet.passes import FORMATS, PASS_WORD_1, TAIL_WORDS
from zskip.model.common.floats import FLOAT32
from zskip.model.common.passes import PASS_WORD_0
from zskip.model.common.stream import ErrorCode


class Control(wiring.Component):
    """Run the passes of a program, each a layer.

    A run is, for each pass: command its beats; wait until its last outputs are written, while the
    next pass is fetched; send what the pass asks for. The run ends after the pass marked last. A
    pass that is refused, or that runs out of weights, ends the run and sends nothing. With double
    input a run ends in front of its outputs, unless counters follow them; the next one waits for
    them in front of its second pass, and at its end.

    Latency: `zskip.model.bitlet.latencies.run_cycles` from the cycle after `start` to the first
    beat, none from the last outputs of a pass to the next one's first beat. Throughput: one beat a
    cycle. Stall rule: a beat waits until the engines take it, with streamed weights for its tile,
    and a packet for the emitter.

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
        The first of ``PROGRAM``, once a pass was refused or ran out of weights, and ``TILE``, once
        a tile did not end with the run where it had to; until reset.
    w_program : In(WritePort)
        Writes the program memory; between runs only.
    ready : In(1)
        The engines take the beat that is offered.
    written : In(1)
        A block of outputs is written.
    engines : Out(EngineCommands)
        Commands to the engines.
    vectors : Out(VectorCommands)
        Commands to the vectors.
    request : Out(Request)
        What the emitter sends.
    faulty : Out(parity)
        The parity of a word of the program is wrong.
    sending : In(1)
        Outputs of the run before are still to be sent; with `double_input` only.
    keep : Out(1)
        The run ends in front of its outputs, which `request` tells of; with `double_input` only.
    tile : In(stream)
        Tiles that are loaded; with streamed weights only, as are the following.
    tile_half : In(1)
        Half of the tile at `tile`.
    failed : In(1)
        There was an error since the run began.
    waits : Out(1)
        The pass waits for a tile.
    refuses : Out(1)
        Something of the run was refused.
    """

    start: Signal
    busy: Signal
    done: Signal
    error: Signal
    w_program: WritePortInterface
    ready: Signal
    written: Signal
    engines: EngineCommandsInterface
    vectors: VectorCommandsInterface
    request: RequestInterface
    faulty: Signal
    sending: Signal
    keep: Signal
    tile: stream.Interface
    tile_half: Signal
    failed: Signal
    waits: Signal
    refuses: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "start": In(1),
                "busy": Out(1),
                "done": Out(1),
                "error": Out(range(max(ErrorCode) + 1)),
                "w_program": In(program_port(config)),
                "ready": In(1),
                "written": In(1),
                "engines": Out(EngineCommands(config)),
                "vectors": Out(VectorCommands(config)),
                "request": Out(request(config)),
                "faulty": Out(config.parity),
                **(KEEP_PORTS if config.double_input else {}),
                **(tile_ports() if config.streamed else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.program_memory = program = ProgramMemory(
            descriptor=(PASS_WORD_0, PASS_WORD_1),
            tail_words=TAIL_WORDS,
            passes=config.pass_count,
            parity=config.parity,
        )
        connect(m, flipped(self.w_program), program.w_port)
        m.d.comb += self.faulty.eq(program.faulty)
        runner = PassRunner(
            m,
            self,
            program,
            passes=config.pass_count,
            biases=config.bias_depth,
            blocks=program.words[1].rounds,
            held=2,
            ahead=bool(config.double_input),
        )
        m.d.comb += runner.refused.eq(exceeds(program, runner.biases, config))
        m.submodules.feed = feed = Feed(config)
        self._connect(m, runner, feed)
        self._tell(m, runner)
        if config.streamed:
            self._tiles(m, runner, feed)
        else:
            with m.If(feed.exhausted):
                runner.fail(m, ErrorCode.PROGRAM)
        complete = self._complete(m, runner)
        with m.FSM() as fsm:
            runner.add_beginning(m)
            self._compute(m, runner, feed, complete)
            runner.add_end(m)
        m.d.comb += self.busy.eq(~fsm.ongoing("Idle"))
        counted = Cat(fsm.ongoing(state) for state in ("Fetch", "Beats", "Drain")).any()
        if config.streamed:
            counted &= ~self.waits
        runner.count(m, cycles=counted, groups=feed.ends_group)
        return m

    def _compute(self, m: Module, runner: PassRunner, feed: Feed, complete: Signal) -> None:
        """Add the states from the first beat of a pass to the write of its last outputs."""
        with m.State("Beats"):
            m.d.comb += feed.go.eq(1)
            with m.If(feed.finish):
                m.d.comb += runner.program.fetch.eq(~runner.words[0].last)
                m.next = "Drain"

        # The next pass is there in time: its fetch is shorter than the way of a beat to an output.
        with m.State("Drain"), m.If(complete):
            runner.end_pass(m)

    def _tiles(self, m: Module, runner: PassRunner, feed: Feed) -> None:
        """Go from tile to tile, behind an error without; the last one ends with the run.

        While weights are waited for, everything from the feed to the outputs stands still, so that
        no other cycle depends on when they come.
        """
        m.d.comb += [
            feed.there.eq(self.tile.valid | self.failed),
            self.waits.eq(feed.waits),
            self.engines.enable.eq(~feed.waits),
            self.engines.tile_half.eq(self.tile_half),
        ]
        runner.take_tiles(
            m,
            at_end=feed.take & (feed.address == self.config.weight_depth - 1),
            ends_run=feed.take & feed.ends_pass & runner.words[0].last,
        )

    def _complete(self, m: Module, runner: PassRunner) -> Signal:
        """Count the blocks of outputs; return whether the last one of the pass is written."""
        segments = self.config.segments
        word_1 = runner.words[1]
        row = Signal(range(segments))
        rnd = Signal(range(self.config.vector_depth // self.config.pe_count))
        at_last_row = Signal()
        complete = Signal()
        m.d.comb += [
            at_last_row.eq(row == Mux(word_1.joined, 0, segments - 1)),
            complete.eq(self.written & at_last_row & (rnd == word_1.rounds - 1)),
        ]
        with m.If(self.written):
            m.d.sync += row.eq(row + 1)
            with m.If(at_last_row):
                m.d.sync += [row.eq(0), rnd.eq(rnd + 1)]
        with m.If(runner.restart):
            m.d.sync += [row.eq(0), rnd.eq(0)]
        return complete

    def _connect(self, m: Module, runner: PassRunner, feed: Feed) -> None:
        """Hand the commands of the feed on."""
        m.d.comb += [
            feed.rewind.eq(runner.begins),
            feed.restart.eq(runner.restart),
            feed.rounds.eq(runner.words[1].rounds),
            feed.groups.eq(runner.words[1].groups),
            feed.ready.eq(self.ready),
            self.vectors.restart.eq(runner.restart),
            self.vectors.read.eq(feed.read),
            self.vectors.beat.eq(feed.beat),
            self.vectors.take.eq(feed.take),
            self.engines.restart.eq(runner.restart),
            self.engines.rewind.eq(runner.begins),
            self.engines.read.eq(feed.take),
            self.engines.address.eq(feed.address),
            self.engines.read_biases.eq(feed.take & feed.begins_round),
            self.engines.round.eq(feed.round),
            # Decoupled, all engines take a beat together, though they are not ready together.
            self.engines.valid.eq(feed.valid & self.ready if self.config.decoupled else feed.valid),
            self.engines.first.eq(feed.first),
            self.engines.last.eq(feed.last),
        ]

    def _tell(self, m: Module, runner: PassRunner) -> None:
        """Tell engines and vectors what they need to know of the pass."""
        word_0, word_1 = runner.words
        m.d.comb += [
            self.vectors.half.eq(runner.half),
            *([self.vectors.fresh.eq(runner.fresh)] if self.config.double_input else []),
            self.vectors.inputs.eq(word_0.inputs),
            self.vectors.wide.eq(word_1.format == FORMATS.index(FLOAT32)),
            self.engines.format.eq(word_1.format),
            self.engines.joined.eq(word_1.joined),
            self.engines.subtracted.eq(word_1.subtracted),
            self.engines.mask.eq(word_1.mask),
            self.engines.shift.eq(word_0.shift),
            self.engines.relu.eq(word_0.relu),
        ]
        # Registered, as the adders of all engines follow; no row is done so soon.
        m.d.sync += self.engines.rounding.eq((1 << word_0.shift) >> 1)
