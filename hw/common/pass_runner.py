"""Passes of a program one after the other, as a control unit goes through them."""

from typing import Protocol

from amaranth import Cat, Module, Signal, Value
from amaranth.lib import data, stream

from zskip.hw.common.bitfields import word_layout
from zskip.hw.common.counter import add_counter
from zskip.hw.common.program_memory import ProgramMemory
from zskip.hw.common.request import RequestInterface
from zskip.model.common.beat_tiles import TILE_WORD
from zskip.model.common.stream import STREAM_BITS, ErrorCode, Kind


class ControlUnit(Protocol):
    """Ports of a control unit that every pass needs."""

    start: Signal
    done: Signal
    error: Signal
    request: RequestInterface
    keep: Signal
    sending: Signal
    tile: stream.Interface
    failed: Signal
    refuses: Signal


class PassRunner:
    """Registers and states with which a control unit goes from pass to pass.

    A pass that is refused, or that fails, ends the run. The control unit adds the states of
    computing, of which the first is ``Beats``, and calls `end_pass` in the last one.

    With `ahead`, a run ends in front of its outputs, unless counters follow them, and hands their
    request over with `keep`. While they are sent, the next run computes its first pass, from inputs
    of their own and into the other half; the end of that pass waits until `sending` is over.

    Parameters
    ----------
    m : amaranth.Module
        Module of the control unit.
    unit : ControlUnit
        The control unit.
    program : ProgramMemory
        Its passes, which begin with `zskip.model.common.passes.PASS_WORD_0`.
    passes, biases : int
        Passes and biases that there is room for.
    blocks : amaranth.Value
        Biases that the pass fetched last takes.
    held : int
        Words of its descriptor that are kept while the next pass is fetched.
    ahead : bool, optional
        Whether outputs are sent beside the next run.

    Attributes
    ----------
    begins : Signal
        A run begins.
    restart : Signal
        Another pass begins, if it is not refused.
    words : list of amaranth.lib.data.View
        Descriptor of the pass under way, as far as it is held.
    half : Signal
        Half of its inputs; with `ahead`, of the outputs of the run before while they are sent.
    fresh : Signal
        Its inputs are those of the network.
    biases : Signal
        Biases of the passes up to it.
    refused : Signal
        The pass fetched last is refused; for the control unit to drive.
    """

    def __init__(
        self,
        m: Module,
        unit: ControlUnit,
        program: ProgramMemory,
        *,
        passes: int,
        biases: int,
        blocks: Value,
        held: int,
        ahead: bool = False,
    ) -> None:
        self.ahead = ahead
        self.unit = unit
        self.program = program
        self.passes = passes
        self.blocks = blocks
        self.begins = Signal(name="begins")
        self.restart = Signal(name="restart")
        self.words = [
            Signal.like(word, name=f"word_{number}")
            for number, word in enumerate(program.words[:held])
        ]
        self.number = Signal(range(passes), name="number")
        self.half = Signal(name="half")
        self.fresh = Signal(name="fresh", init=1)
        self.biases = Signal(range(biases + 1), name="biases")
        self.refused = Signal(name="refused")
        self.failed = Signal(name="failed")
        m.d.comb += [
            unit.request.pass_index.eq(self.number),
            unit.request.outputs.eq(self.words[0].outputs),
        ]

    def add_beginning(self, m: Module) -> None:
        """Add the states in front of the first pass."""
        with m.State("Idle"):
            inputs = self.fresh.eq(1) if self.ahead else self.half.eq(0)
            m.d.sync += [self.number.eq(0), inputs, self.biases.eq(0), self.failed.eq(0)]
            with m.If(self.unit.start):
                m.d.comb += [self.program.fetch.eq(1), self.begins.eq(1), self.restart.eq(1)]
                m.next = "Fetch"

        with m.State("Fetch"), m.If(~self.program.busy):
            self._begin(m, self.refused)

    def add_end(self, m: Module) -> None:
        """Add the states behind a pass."""
        word_0 = self.words[0]
        with m.State("EmitOutputs"), m.If(self._is_sent(m, word_0.emit_outputs, Kind.OUTPUTS)):
            m.next = "EmitCounters"

        with m.State("EmitCounters"), m.If(self._is_sent(m, word_0.emit_counters, Kind.COUNTERS)):
            self._follow(m)

        if not self.ahead:
            with m.State("Done"):
                self._stop(m)
            return
        with m.State("Done"), m.If(~self.unit.sending):
            self._stop(m)

        with m.State("Sending"):
            self.end_pass(m)

    def _stop(self, m: Module) -> None:
        """End the run."""
        m.d.comb += [self.program.rewind.eq(1), self.unit.done.eq(1)]
        m.next = "Idle"

    def end_pass(self, m: Module) -> None:
        """Leave the state of a pass whose outputs are written."""
        word_0 = self.words[0]
        with m.If(self.failed):
            m.next = "Done"
        if self.ahead:
            with m.Elif(self.unit.sending):
                m.next = "Sending"
            with m.Elif(word_0.last & word_0.emit_outputs & ~word_0.emit_counters):
                m.d.comb += self.unit.keep.eq(1)
                m.d.sync += self.half.eq(~self.half)
                self._stop(m)
        with m.Elif(word_0.emit_outputs | word_0.emit_counters):
            m.next = "EmitOutputs"
        with m.Else():
            self._follow(m)

    def fail(self, m: Module, code: ErrorCode) -> None:
        """Let the run end, and keep the first error since reset."""
        m.d.sync += self.failed.eq(1)
        with m.If(self.unit.error == ErrorCode.NONE):
            m.d.sync += self.unit.error.eq(code)

    def count(self, m: Module, **events: Value) -> None:
        """Count events of a pass by name, each in a part of the central counters."""
        restarts = Signal()
        m.d.sync += restarts.eq(self.restart)
        counters = [add_counter(m, name, event, restarts) for name, event in events.items()]
        m.d.comb += self.unit.request.central.eq(Cat(counters))

    def take_tiles(self, m: Module, *, at_end: Value, ends_run: Value) -> None:
        """Take the tiles of beats of a run, and let an error end the run with its pass.

        Parameters
        ----------
        at_end, ends_run : amaranth.Value
            The weights that are read in this cycle are the last ones of a half, or of the run.
        """
        unit = self.unit
        word = data.View(word_layout(TILE_WORD, STREAM_BITS), unit.tile.payload)
        m.d.comb += [unit.tile.ready.eq(at_end | ends_run), unit.refuses.eq(self.failed)]
        with m.If(unit.failed):
            m.d.sync += self.failed.eq(1)
        with m.If(unit.tile.valid & unit.tile.ready & (word.last != ends_run)):
            self.fail(m, ErrorCode.TILE)

    def _begin(self, m: Module, refused: Value) -> None:
        """Start the pass that was fetched, unless it is refused."""
        with m.If(refused):
            self.fail(m, ErrorCode.PROGRAM)
            m.next = "Done"
        with m.Else():
            m.d.sync += self.biases.eq(self.biases + self.blocks)
            for word, fetched in zip(self.words, self.program.words, strict=False):
                m.d.sync += word.eq(fetched)
            m.next = "Beats"

    def _follow(self, m: Module) -> None:
        """Go on behind a pass: with the next one, or to the end."""
        word_0 = self.words[0]
        with m.If(word_0.last):
            m.next = "Done"
        with m.Else():
            m.d.comb += self.restart.eq(1)
            m.d.sync += [self.number.eq(self.number + 1), self.half.eq(self.half ^ word_0.swap)]
            if self.ahead:
                m.d.sync += self.fresh.eq(self.fresh & ~word_0.swap)
            self._begin(m, self.refused | (self.number == self.passes - 1))

    def _is_sent(self, m: Module, wanted: Value, kind: Kind) -> Value:
        """Ask for a packet if the pass wants it; return whether nothing is left to wait for."""
        request = self.unit.request
        m.d.comb += [request.valid.eq(wanted), request.kind.eq(kind)]
        return request.done | ~wanted
