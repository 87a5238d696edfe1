"""Control unit: runs the passes of a program."""

from amaranth import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.kept_request import KEEP_PORTS
from zskip.hw.common.pass_runner import PassRunner
from zskip.hw.common.program_memory import ProgramMemory
from zskip.hw.common.request import RequestInterface
from zskip.hw.common.tile_queue import tile_ports
from zskip.hw.common.write_port import WritePortInterface
from zskip.hw.nm.beats import Beats
from zskip.hw.nm.commands import (
    RowCommands,
    RowCommandsInterface,
    VectorCommands,
    VectorCommandsInterface,
)
from zskip.hw.nm.current_pass import exceeds
from zskip.hw.nm.interfaces import codebook_bits, program_port, request
from zskip.model.common.passes import PASS_WORD_0
from zskip.model.common.stream import STREAM_BITS, ErrorCode
from zskip.model.nm.config import Config
from zskip.model.nm.latencies import pass_cycles
from zskip.model.nm.passes import PASS_WORD_1, tail_words


class Control(wiring.Component):
    """Run the passes of a program, each a layer.

    A run is, for each pass: command its beats, one a cycle, with streamed weights as far as their
    tile is there; wait until the outputs of the last one
    are written, while the next pass is fetched; send what the pass asks for. The run ends after the
    pass marked last. A pass that is refused, that runs out of weights, or in which a code is
    illegal, ends the run and sends nothing. With double input a run ends in front of its outputs,
    unless counters follow them; the next one waits for them in front of its second pass, and at its
    end.

    Latency: `zskip.model.nm.latencies.run_cycles` from the cycle after `start` to the first beat,
    `pass_cycles` between the last beat of a pass and the next one's first. Throughput: one beat a
    cycle. Stall rule: with streamed weights a beat waits for its tile; a packet
    waits for the emitter.

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
        The first of ``PROGRAM``, once a pass was refused or ran out of weights, ``METADATA``, once
        a beat had an illegal code, and ``TILE``, once a tile did not end with the run where it had
        to; until reset.
    w_program : In(WritePort)
        Writes the program memory; between runs only.
    illegal : In(1)
        A beat has an illegal code.
    rows : Out(RowCommands)
        Commands to the rows.
    vectors : Out(VectorCommands)
        Commands to the vectors.
    codebook : Out(16 * 16)
        Codebook of the pass; only where weights are codes.
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
    illegal: Signal
    rows: RowCommandsInterface
    vectors: VectorCommandsInterface
    codebook: Signal
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
                "illegal": In(1),
                "rows": Out(RowCommands(config)),
                "vectors": Out(VectorCommands(config)),
                "codebook": Out(codebook_bits(config)),
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
            tail_words=tail_words(config),
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
            blocks=program.words[1].blocks,
            held=1,
            ahead=bool(config.double_input),
        )
        m.d.comb += [
            runner.refused.eq(exceeds(program, runner.biases, config)),
            self.rows.rewind.eq(runner.begins),
            self.rows.restart.eq(runner.restart),
        ]
        self._tell(m, runner)
        if config.shares_weights:
            with m.If(program.tail.en):
                word = self.codebook.word_select(program.tail.address, STREAM_BITS)
                m.d.sync += word.eq(program.tail.data)
        with m.If(self.illegal):
            runner.fail(m, ErrorCode.METADATA)
        exhausted = Signal()
        beats = self._beats(m, program, exhausted)
        if config.streamed:
            self._tiles(m, runner, beats)
        with m.FSM() as fsm:
            runner.add_beginning(m)
            self._compute(m, runner, beats, exhausted)
            runner.add_end(m)
        with m.If(fsm.ongoing("Idle")):
            m.d.sync += [exhausted.eq(0), self.rows.address.eq(0)]
        m.d.comb += self.busy.eq(~fsm.ongoing("Idle"))
        counted = Cat(fsm.ongoing(state) for state in ("Fetch", "Beats", "Drain")).any()
        if config.streamed:
            counted &= ~self.waits
        runner.count(m, cycles=counted, beats=self.rows.valid)
        return m

    def _tell(self, m: Module, runner: PassRunner) -> None:
        """Tell rows and vectors what they need to know of the pass."""
        word_0 = runner.words[0]
        m.d.comb += [
            self.rows.shift.eq(word_0.shift),
            self.rows.relu.eq(word_0.relu),
            self.vectors.half.eq(runner.half),
            *([self.vectors.fresh.eq(runner.fresh)] if self.config.double_input else []),
            self.vectors.inputs.eq(word_0.inputs),
        ]
        # Registered, as the adders of all rows follow; no row is done so soon.
        m.d.sync += self.rows.rounding.eq((1 << word_0.shift) >> 1)

    def _compute(self, m: Module, runner: PassRunner, beats: Beats, exhausted: Signal) -> None:
        """Add the states from the first beat of a pass to the write of its last outputs."""

        def finish() -> None:
            """Leave the last beat, behind which the codebook must hold for one more cycle."""
            m.d.comb += runner.program.fetch.eq(~runner.words[0].last)
            m.next = "Drain"

        with m.State("Beats"):
            if self.config.streamed:
                m.d.comb += [beats.go.eq(self.tile.valid | self.failed), self.waits.eq(~beats.go)]
                with m.If(beats.go & beats.finish):
                    finish()
            else:
                m.d.comb += beats.go.eq(~exhausted)
                with m.If(exhausted):
                    runner.fail(m, ErrorCode.PROGRAM)
                    m.next = "Drain"
                with m.Elif(beats.finish):
                    finish()

        settle = Signal(range(pass_cycles(self.config)))
        with m.State("Drain"):
            m.d.sync += settle.eq(settle + 1)
            with m.If(settle == pass_cycles(self.config) - 1):
                m.d.sync += settle.eq(0)
                runner.end_pass(m)

    def _tiles(self, m: Module, runner: PassRunner, beats: Beats) -> None:
        """Go from tile to tile, behind an error without; the last one ends with the run."""
        address = self.rows.address
        m.d.comb += self.rows.tile_half.eq(self.tile_half)
        runner.take_tiles(
            m,
            at_end=beats.go & (address == self.config.weight_depth - 1),
            ends_run=beats.go & beats.finish & runner.words[0].last,
        )
        with m.If(self.tile.ready):
            m.d.sync += address.eq(0)

    def _beats(self, m: Module, program: ProgramMemory, exhausted: Signal) -> Beats:
        """Command the beats; there are none left behind the last word of the weight memory."""
        m.submodules.beat_counter = beats = Beats(self.config)
        address = self.rows.address
        counts = program.words[1]
        m.d.comb += [
            beats.restart.eq(self.rows.restart),
            beats.blocks.eq(counts.blocks),
            beats.words.eq(counts.words),
            beats.beats.eq(counts.beats),
            self.rows.valid.eq(beats.go),
            self.rows.first.eq(beats.first),
            self.rows.last.eq(beats.last),
            self.vectors.restart.eq(self.rows.restart),
            self.vectors.read.eq(beats.go & beats.read),
            self.vectors.word.eq(beats.word),
        ]
        with m.If(beats.go):
            m.d.sync += address.eq(address + 1)
            with m.If(address == self.config.weight_depth - 1):
                m.d.sync += exhausted.eq(1)
        return beats
