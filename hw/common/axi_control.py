"""Control of the runs of a block behind AXI."""

from amaranth import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

RUNS_AHEAD = 2
"""Runs at a time, where a block keeps a start: one that goes on, and one that waits for its end."""

RESET_CYCLES = 2
"""Cycles for which an abort resets the block."""

SETTLE_CYCLES = 8
"""Cycles without a word in front of a start, and behind the reset of an abort: more than a word
needs to its memory, and the units of a block to leave their reset."""


class AxiControl(wiring.Component):
    """Carry out starts and aborts.

    A start in the middle of a packet, or while not `ready`, is refused. Any other takes effect when
    all that arrived before it is loaded; no beat is taken until then. An abort takes effect at
    once, and goes before everything else.

    Latency: `SETTLE_CYCLES` from the last word loaded, or from `start`, to `starts`. An abort takes
    `RESET_CYCLES` and `SETTLE_CYCLES`.

    Parameters
    ----------
    streamed : bool, optional
        Load packets during a run, too: the block holds those that must wait.
    ahead : bool, optional
        The same, and the block keeps a start during a run.

    Members
    -------
    start : In(1)
        High for one cycle: begin a run.
    abort : In(1)
        High for one cycle: end whatever is under way.
    loading : In(1)
        The beat that was taken last, in this cycle or before, is not the last of its packet.
    empty : In(1)
        No beat that was taken waits, and no load packet is under way.
    ended : In(1)
        The block has ended a run.
    wrapped : In(1)
        The block's flag of an overflow.
    starts : Out(1)
        High for one cycle: the block's start.
    reset : Out(1)
        Reset the block.
    closed : Out(1)
        Take no beat.
    hold : Out(1)
        Load no further packet.
    drop : Out(1)
        High for one cycle: an abort in the middle of a packet.
    forget : Out(1)
        High for one cycle: an abort between packets.
    refused : Out(1)
        High for one cycle: a start is refused.
    ends : Out(1)
        High for one cycle: a run ends, and not by an abort.
    aborting : Out(1)
        An abort is under way.
    ready : Out(1)
        A start between two packets is not refused.
    runs : Out
        Runs that have begun, or wait in the block for the end of another one.
    busy : Out(1)
        A start, a run or an abort is under way.
    done : Out(1)
        The run that was started last has ended, and not by an abort.
    overflow : Out(1)
        The block's flag at the last end of a run.
    """

    start: Signal
    abort: Signal
    loading: Signal
    empty: Signal
    ended: Signal
    wrapped: Signal
    starts: Signal
    reset: Signal
    closed: Signal
    hold: Signal
    drop: Signal
    forget: Signal
    refused: Signal
    ends: Signal
    aborting: Signal
    ready: Signal
    runs: Signal
    busy: Signal
    done: Signal
    overflow: Signal

    def __init__(self, *, streamed: bool = False, ahead: bool = False) -> None:
        self.holds = not (streamed or ahead)
        self.most_runs = RUNS_AHEAD if ahead else 1
        inputs = ("start", "abort", "loading", "empty", "ended", "wrapped")
        outputs = ("starts", "reset", "closed", "hold", "drop", "forget", "refused", "ends")
        outputs += ("aborting", "ready", "busy", "done", "overflow")
        super().__init__(
            {name: In(1) for name in inputs}
            | {name: Out(1) for name in outputs}
            | {"runs": Out(range(RUNS_AHEAD + 1))},
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        wait = Signal(range(max(SETTLE_CYCLES, RESET_CYCLES + SETTLE_CYCLES)))
        m.d.comb += [
            self.drop.eq(self.abort & self.loading),
            self.forget.eq(self.abort & ~self.loading),
            self.refused.eq(self.start & ~self.abort & (~self.ready | self.loading)),
        ]
        with m.FSM() as fsm:
            with m.State("Open"):
                m.d.comb += self.ready.eq(self.runs != self.most_runs)
                if self.holds:
                    m.d.comb += self.hold.eq(self.runs != 0)
                with m.If(self.start & self.ready & ~self.loading):
                    m.d.sync += wait.eq(0)
                    m.next = "Load"
                self._abort(m, wait)

            with m.State("Load"):
                m.d.comb += [self.closed.eq(1), self.hold.eq(wait == SETTLE_CYCLES - 1)]
                with m.If(~self.empty):
                    m.d.sync += wait.eq(0)
                with m.Else():
                    m.d.sync += wait.eq(wait + 1)
                with m.If(self.hold & self.empty & ~self.abort):
                    m.d.comb += self.starts.eq(1)
                    m.next = "Open"
                self._abort(m, wait)

            with m.State("Abort"):
                m.d.sync += wait.eq(wait + 1)
                m.d.comb += [self.reset.eq(wait < RESET_CYCLES), self.hold.eq(1)]
                with m.If(wait == RESET_CYCLES + SETTLE_CYCLES - 1):
                    m.next = "Open"
                self._abort(m, wait)
        self._runs(m, fsm.ongoing("Open"))
        m.d.comb += [
            self.busy.eq(~fsm.ongoing("Open") | (self.runs != 0)),
            self.aborting.eq(fsm.ongoing("Abort")),
        ]
        return m

    def _runs(self, m: Module, is_open: Value) -> None:
        """Count runs, and note how they end."""
        m.d.comb += self.ends.eq(self.ended & (self.runs != 0) & ~self.abort)
        m.d.sync += self.runs.eq(self.runs + self.starts - self.ends)
        with m.If(self.ends):
            m.d.sync += [self.overflow.eq(self.wrapped), self.done.eq(self.runs == 1)]
        with m.If(~is_open | (self.start & ~self.refused)):
            m.d.sync += self.done.eq(0)
        with m.If(self.abort):
            m.d.sync += self.runs.eq(0)

    def _abort(self, m: Module, wait: Signal) -> None:
        """Leave a state for an abort."""
        with m.If(self.abort):
            m.d.sync += wait.eq(0)
            m.next = "Abort"
