"""Run guard: lets a start through only if there is a whole input vector."""

from typing import Protocol

from amaranth import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.hw.common.block import Block
from zskip.hw.common.loader import Loader
from zskip.hw.common.write_port import WritePort, WritePortInterface, address_bits
from zskip.model.common.bitfields import Field
from zskip.model.common.stream import ADDRESS_BITS, LANES, STREAM_BITS, ErrorCode


class Control(Protocol):
    """Ports of a control unit that are joined with the guard."""

    start: Signal
    busy: Signal
    done: Signal
    error: Signal


AHEAD_PORTS = {"sending": In(1), **dict.fromkeys(("kept", "bank", "computing"), Out(1))}
"""Ports of a guard that keeps a start."""


class RunGuard(wiring.Component):
    """Begin a run where `start` rises and its input vector is whole; keep the flags of a block.

    A start in the middle of a load packet, or before all inputs of the program's first pass were
    loaded since the run before, in ascending order from the first on, is refused: `busy` and `done`
    are high in the next cycle, and the error is ``INPUT``. A first pass of more inputs than there
    is room for is for the control unit to refuse; nothing is known of a program that the memory
    began with, except that it has an input.

    With `ahead`, the input vectors have two banks, and a start during a run is kept until that one
    ends, if its input vector is whole; else it is refused, and its `done` comes behind those of the
    runs in front of it. While a start is kept, or the `done` of one is due, others are ignored.

    Latency: none from `start` to `go`. Throughput: a start every other cycle.

    Parameters
    ----------
    inputs : Field
        Where the first word of a pass has the length of its input vector.
    input_words : int
        Words of the longest input vector.
    program_words : int
        Words of the program memory.
    ahead : bool, optional
        Whether a start during a run is kept.

    Members
    -------
    start : In(1)
        Begin a run, where it rises; ignored while `busy`, with `ahead` only while `kept` and behind
        one that was refused.
    open : In(1)
        A load packet is under way.
    input_en : In(1)
        A word of the input vector is loaded.
    input_address : In(ADDRESS_BITS)
        Its number.
    w_program : In(WritePort)
        What is written to the program memory.
    running : In(1)
        A run is under way.
    ended : In(1)
        A run ends.
    load_error, run_error : In(ErrorCode)
        Errors of loader and control unit.
    accepted : Out(1)
        A start is not ignored.
    go : Out(1)
        Begin a run.
    busy : Out(1)
        A run is under way, or one was refused whose `done` is due.
    done : Out(1)
        High for one cycle when a run ends, or behind one that was refused.
    error : Out(ErrorCode)
        The first error since reset.
    sending : In(1)
        Results of a run are still to be sent, though it is not under way; with `ahead` only, as are
        the following.
    kept : Out(1)
        A start waits for the end of a run.
    bank : Out(1)
        Bank for the next input vector; there is no room in it while `kept`.
    computing : Out(1)
        Bank of the run that began last.
    """

    start: Signal
    open: Signal
    input_en: Signal
    input_address: Signal
    w_program: WritePortInterface
    running: Signal
    ended: Signal
    load_error: Signal
    run_error: Signal
    accepted: Signal
    go: Signal
    busy: Signal
    done: Signal
    error: Signal
    sending: Signal
    kept: Signal
    bank: Signal
    computing: Signal

    def __init__(
        self, *, inputs: Field, input_words: int, program_words: int, ahead: bool = False
    ) -> None:
        self.ahead = ahead
        self.inputs = inputs
        self.input_words = input_words
        code = range(max(ErrorCode) + 1)
        port = WritePort(address_bits=address_bits(program_words), data_bits=STREAM_BITS)
        super().__init__(
            {
                "start": In(1),
                "open": In(1),
                "input_en": In(1),
                "input_address": In(ADDRESS_BITS),
                "w_program": In(port),
                "running": In(1),
                "ended": In(1),
                "load_error": In(code),
                "run_error": In(code),
                "accepted": Out(1),
                "go": Out(1),
                "busy": Out(1),
                "done": Out(1),
                "error": Out(code),
                **(AHEAD_PORTS if ahead else {}),
            }
        )

    def join(self, m: Module, block: Block, loader: Loader, control: Control) -> None:
        """Connect the guard with the ports of a block, its loader and its control unit."""
        m.d.comb += [
            self.start.eq(block.start),
            self.open.eq(loader.open),
            self.input_en.eq(loader.input_en),
            self.input_address.eq(loader.input_address),
            self.w_program.en.eq(loader.w_program.en),
            self.w_program.address.eq(loader.w_program.address),
            self.w_program.data.eq(loader.w_program.data),
            self.running.eq(control.busy),
            self.ended.eq(control.done),
            self.load_error.eq(loader.error),
            self.run_error.eq(control.error),
            control.start.eq(self.go),
            loader.enable.eq(~self.busy),
            block.busy.eq(self.busy),
            block.done.eq(self.done),
            block.error.eq(self.error),
        ]

    def join_overflow(self, m: Module, block: Block, wraps: Value, keep: Value) -> None:
        """Connect the flag of a block: an addition has wrapped around since its run began.

        `keep` tells that a run ends in front of its outputs; it counts with `ahead` only.
        """
        wrapped = Signal() if self.ahead else block.overflow
        with m.If(wraps):
            m.d.sync += wrapped.eq(1)
        with m.Elif(self.go if self.ahead else self.accepted):
            m.d.sync += wrapped.eq(0)
        if self.ahead:
            # Behind a run whose outputs are still to be sent, the flag is that of this run.
            had_wrapped = Signal()
            with m.If(keep):
                m.d.sync += had_wrapped.eq(wrapped)
            m.d.comb += block.overflow.eq(Mux(self.sending, had_wrapped, wrapped))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        was = Signal()
        refused = Signal()
        whole = self._whole(m)
        if not self.ahead:
            m.d.comb += [
                self.accepted.eq(self.start & ~was & ~self.busy),
                self.go.eq(self.accepted & whole),
                self.busy.eq(self.running | refused),
                self.done.eq(self.ended | refused),
            ]
        m.d.sync += [was.eq(self.start), refused.eq(self.accepted & ~whole)]
        if self.ahead:
            self._keep(m, was, whole, refused)
        first = Signal.like(self.error)
        m.d.comb += self.error.eq(first)
        m.d.sync += first.eq(self.error)
        with m.If(first == ErrorCode.NONE):
            m.d.comb += self.error.eq(self.run_error)
            with m.If(self.load_error != ErrorCode.NONE):
                m.d.comb += self.error.eq(self.load_error)
            with m.Elif(refused):
                m.d.comb += self.error.eq(ErrorCode.INPUT)
        return m

    def _keep(self, m: Module, was: Signal, whole: Signal, refused: Signal) -> None:
        """Let a start wait for the end of the run under way."""
        occupied = self.running | self.sending
        m.d.comb += [
            self.accepted.eq(self.start & ~was & ~self.kept & ~refused),
            self.go.eq((self.kept | (self.accepted & whole)) & ~self.running),
            self.busy.eq(occupied | self.kept | refused),
            self.done.eq(self.ended | (refused & ~occupied)),
        ]
        # A run that is refused beside others ends behind them.
        with m.If(refused & occupied):
            m.d.sync += refused.eq(1)
        with m.If(self.go):
            m.d.sync += [self.kept.eq(0), self.computing.eq(self.bank ^ self.kept)]
        with m.Elif(self.accepted & whole):
            m.d.sync += self.kept.eq(1)
        with m.If(self.accepted & whole):
            m.d.sync += self.bank.eq(~self.bank)

    def _whole(self, m: Module) -> Signal:
        """Return whether the input vector is whole, and no packet is under way."""
        loaded = Signal(range(self.input_words + 1))
        # The program memory keeps its contents when the block is reset.
        needed = Signal(self.inputs.bits, init=1, reset_less=True)
        needs = Signal.like(needed, name="needs")
        # Compared ahead of a start, with what the next cycle will have.
        enough = Signal()
        whole = Signal()
        m.d.comb += [needs.eq(needed), whole.eq(~self.open & enough)]
        with m.If(self.w_program.en & (self.w_program.address == 0)):
            m.d.comb += needs.eq(self.w_program.data[self.inputs.low :][: self.inputs.bits])
        m.d.sync += [needed.eq(needs), enough.eq((loaded != 0) & self._suffice(loaded, needs))]
        with m.If(self.accepted & whole if self.ahead else self.go):
            m.d.sync += [loaded.eq(0), enough.eq(0)]
        with m.Elif(self.input_en & (self.input_address == loaded)):
            m.d.sync += [loaded.eq(loaded + 1), enough.eq(self._suffice(loaded + 1, needs))]
        return whole

    def _suffice(self, words: Value, inputs: Signal) -> Value:
        """Return whether some words are an input vector of that length, or none would be."""
        capacity = self.input_words * LANES
        return ((words << exact_log2(LANES)) >= inputs) | (inputs > capacity)


def run_guard(loader: Loader, descriptor: tuple[Field, ...], *, ahead: bool = False) -> RunGuard:
    """Return the guard of a block.

    Parameters
    ----------
    loader : Loader
        Knows the memories.
    descriptor : tuple of Field
        First word of a pass.
    ahead : bool, optional
        Whether a start during a run is kept.
    """
    return RunGuard(
        inputs=next(field for field in descriptor if field.name == "inputs"),
        input_words=loader.memories[loader.inputs].words,
        program_words=loader.memories[loader.program].words,
        ahead=ahead,
    )
