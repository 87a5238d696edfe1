"""Counters of the runs of a block behind AXI."""

from amaranth import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.model.common.register import REGISTER_BITS

TOTAL_BITS = 64
"""Width of a total."""


class AxiCounters(wiring.Component):
    """Count cycles and beats of the last run, and of all runs.

    Latency: one cycle. A run lasts from the cycle of `starts` to that of `ends`. Counters of a run
    wrap around at 2**32; they hold from its end to the next `starts`.

    With `ahead`, runs may start during others; a run is then counted from the cycle behind the end
    of the one before, and `run_cycles` changes when a run ends.

    Parameters
    ----------
    ahead : bool, optional
        Whether runs start during others.

    Members
    -------
    starts : In(1)
        A run begins.
    ends : In(ahead)
        A run ends, or all are aborted.
    running : In(1)
        A run goes on, from the cycle behind `starts` to that of `ends`.
    loaded : In(1)
        A beat of s_axis is handed to the block.
    received : In(1)
        A beat of s_axis is taken.
    waiting : In(1)
        A beat of s_axis is offered, and not taken.
    offered : In(1)
        A beat of m_axis is offered.
    taken : In(1)
        It is taken.
    clear_totals : In(1)
        Set the totals to 0.
    run_cycles, load_cycles, read_cycles, wait_cycles, load_beats, read_beats : Out(32)
        Counters of the last run.
    total_runs, total_cycles, total_load_beats, total_read_beats : Out(64)
        Totals.
    total_load_wait_cycles, total_read_wait_cycles : Out(64)
        Totals of the cycles in which a beat was offered and not taken.
    """

    starts: Signal
    ends: Signal
    running: Signal
    loaded: Signal
    received: Signal
    waiting: Signal
    offered: Signal
    taken: Signal
    clear_totals: Signal
    run_cycles: Signal
    load_cycles: Signal
    read_cycles: Signal
    wait_cycles: Signal
    load_beats: Signal
    read_beats: Signal
    total_runs: Signal
    total_cycles: Signal
    total_load_beats: Signal
    total_read_beats: Signal
    total_load_wait_cycles: Signal
    total_read_wait_cycles: Signal

    def __init__(self, *, ahead: bool = False) -> None:
        self.ahead = ahead
        events = (
            "starts",
            "running",
            "loaded",
            "received",
            "waiting",
            "offered",
            "taken",
            "clear_totals",
        )
        lasts = ("run_cycles", "load_cycles", "read_cycles", "wait_cycles")
        lasts += ("load_beats", "read_beats")
        totals = ("total_runs", "total_cycles", "total_load_beats", "total_read_beats")
        totals += ("total_load_wait_cycles", "total_read_wait_cycles")
        super().__init__(
            {name: In(1) for name in events}
            | {"ends": In(int(ahead))}
            | {name: Out(REGISTER_BITS) for name in lasts}
            | {name: Out(TOTAL_BITS) for name in totals}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        counting = Signal()
        m.d.comb += counting.eq(self.running | self.starts)
        self._load(m)
        self._run(m, counting)
        for counter, event in (
            (self.read_cycles, self.offered),
            (self.wait_cycles, self.offered & ~self.taken),
            (self.read_beats, self.taken),
        ):
            with m.If(self.starts):
                m.d.sync += counter.eq(event)
            with m.Elif(event):
                m.d.sync += counter.eq(counter + 1)
        for total, event in (
            (self.total_runs, self.starts),
            (self.total_cycles, counting),
            (self.total_load_beats, self.received),
            (self.total_read_beats, self.taken),
            (self.total_load_wait_cycles, self.waiting),
            (self.total_read_wait_cycles, self.offered & ~self.taken),
        ):
            with m.If(event):
                m.d.sync += total.eq(total + 1)
            with m.If(self.clear_totals):
                m.d.sync += total.eq(0)
        return m

    def _run(self, m: Module, counting: Signal) -> None:
        """Count the cycles of a run."""
        if not self.ahead:
            with m.If(counting):
                m.d.sync += self.run_cycles.eq(Mux(self.starts, 0, self.run_cycles) + 1)
            return
        cycles = Signal.like(self.run_cycles)
        with m.If(self.ends & counting):
            m.d.sync += [self.run_cycles.eq(cycles + 1), cycles.eq(0)]
        with m.Elif(counting):
            m.d.sync += cycles.eq(cycles + 1)

    def _load(self, m: Module) -> None:
        """Count what is loaded for the next run, and show it when that begins."""
        cycles, beats = Signal.like(self.load_cycles), Signal.like(self.load_beats)
        began = Signal()
        m.d.comb += began.eq(self.loaded | (beats != 0))
        with m.If(began):
            m.d.sync += cycles.eq(cycles + 1)
        with m.If(self.loaded):
            m.d.sync += beats.eq(beats + 1)
        with m.If(self.starts):
            m.d.sync += [
                self.load_cycles.eq(cycles),
                self.load_beats.eq(beats),
                cycles.eq(0),
                beats.eq(0),
            ]
