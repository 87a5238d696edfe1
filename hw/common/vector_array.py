"""Array of units that share one vector memory."""

from collections.abc import Sequence
from typing import Protocol

from amaranth import Array, Cat, Const, Module, Mux, Signal, Value
from amaranth.lib.wiring import PureInterface, connect, flipped
from amaranth.utils import exact_log2

from zskip.hw.common.block import Block
from zskip.hw.common.emitter import Emitter
from zskip.hw.common.kept_request import KeptRequest
from zskip.hw.common.loader import HALF_BIT, Loader
from zskip.hw.common.parity_guard import guard_parity
from zskip.hw.common.request import RequestInterface
from zskip.hw.common.run_guard import RunGuard, run_guard
from zskip.hw.common.shared_module import SharedModule
from zskip.hw.common.write_port import WritePortInterface
from zskip.model.common.passes import PASS_WORD_0
from zskip.model.common.stream import STREAM_BITS


class Control(Protocol):
    """Ports of a control unit that are joined with others."""

    start: Signal
    busy: Signal
    done: Signal
    error: Signal
    w_program: WritePortInterface
    request: RequestInterface
    faulty: Signal
    sending: Signal
    keep: Signal

    @property
    def vectors(self) -> PureInterface:
        """Commands to the vectors."""
        ...


class Vectors(Protocol):
    """Ports of the vectors that are joined with others."""

    w_source: WritePortInterface
    w_outputs: Signal
    outputs: Signal
    show: Signal
    place: Signal
    x: Signal
    shown: Signal
    faulty: Signal
    faulty_shown: Signal
    bank: Signal
    w_bank: Signal
    sending: Signal

    @property
    def commands(self) -> PureInterface:
        """Commands of the control unit."""
        ...


class VectorArray(Block):
    """Array of units that compute outputs side by side, all from the same activations.

    A unit has the ports `pe`, `load`, `x`, `o_valid`, `counters`, `overflow` and `faulty`. All
    units complete their outputs in the same cycle. Where the loader has banks, the next input
    vector may be loaded and started at any time from the start on: that start is kept until the run
    under way ends, and `done` comes for each run.
    """

    def _join(
        self,
        m: Module,
        loader: Loader,
        control: Control,
        vectors: Vectors,
        emitter: Emitter,
        units: Sequence[SharedModule],
        *,
        inputs: int,
        outputs: Value,
    ) -> RunGuard:
        """Connect the parts of the array with each other and with the ports.

        Parameters
        ----------
        inputs : int
            Target of the network's input vectors.
        outputs : amaranth.Value
            An output of each unit.

        Returns
        -------
        RunGuard
            The guard of the array's runs.
        """
        load = loader.load
        counted = Signal()
        counters = Signal(STREAM_BITS)
        for number, unit in enumerate(units):
            connect(m, load, unit.load)
            m.d.comb += [unit.pe.eq(number), unit.x.eq(vectors.x)]
        connect(m, flipped(self.i), loader.i)
        connect(m, loader.w_program, control.w_program)
        connect(m, control.vectors, vectors.commands)
        if not loader.banks:
            connect(m, control.request, emitter.request)
        connect(m, emitter.o, flipped(self.o))
        m.d.comb += [
            vectors.w_source.en.eq(load.en & (load.target == inputs)),
            vectors.w_source.address.eq(load.address),
            vectors.w_source.data.eq(load.data),
            vectors.w_outputs.eq(Cat(unit.o_valid for unit in units).any()),
            vectors.outputs.eq(outputs),
            vectors.show.eq(emitter.readout.read),
            vectors.place.eq(
                Cat(emitter.readout.unit, emitter.readout.row)[exact_log2(emitter.lanes) :]
            ),
            emitter.word.eq(Mux(counted, counters, vectors.shown)),
        ]
        m.d.sync += [
            counted.eq(emitter.readout.count),
            counters.eq(Array(unit.counters for unit in units)[emitter.readout.unit]),
        ]
        guard = self._status(m, loader, control, Cat(unit.overflow for unit in units).any())
        if loader.banks:
            m.submodules.kept_request = kept = KeptRequest(emitter.requests)
            kept.join(m, control, emitter, loader, guard)
            m.d.comb += [
                vectors.bank.eq(guard.computing),
                vectors.w_bank.eq(load.address[HALF_BIT]),
                vectors.sending.eq(kept.sending),
            ]
        if emitter.parity:
            found = Signal(name="faulty_vectors")
            m.d.sync += found.eq(vectors.faulty)
            m.d.comb += emitter.faulty_word.eq(vectors.faulty_shown & ~counted)
            guard_parity(
                m, guard, emitter, control.faulty, [found, *(unit.faulty for unit in units)]
            )
        return guard

    def _status(self, m: Module, loader: Loader, control: Control, overflow: Value) -> RunGuard:
        """Join the flags of the units to those of the block."""
        m.submodules.guard = guard = run_guard(loader, PASS_WORD_0, ahead=loader.banks)
        guard.join(m, self, loader, control)
        guard.join_overflow(m, self, overflow, control.keep if loader.banks else Const(0))
        return guard
