"""The EIE array: PEs, LNZD tree, central control unit, load and result streams."""

from amaranth import Array, Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.shared_module import SharedModule
from zskip.hw.eie.ccu import Ccu
from zskip.hw.eie.emitter import Emitter, result_layout
from zskip.hw.eie.interfaces import CODEBOOK, Control, ControlInterface, LoadBus, LoadBusInterface
from zskip.hw.eie.lnzd_tree import LnzdTree
from zskip.hw.eie.loader import Loader
from zskip.hw.eie.pe.pipeline import pipeline_signature
from zskip.model.common.stream import STREAM_BITS, ErrorCode
from zskip.model.eie.config import Config

PE_MODULE = "zskip_eie_pe"
"""Verilog module of a processing element."""


def array_signature() -> wiring.Signature:
    """Return the ports of `EieArray`, which no configuration changes."""
    return wiring.Signature(
        {
            "i": In(stream.Signature(STREAM_BITS)),
            "o": Out(stream.Signature(result_layout())),
            "start": In(1),
            "busy": Out(1),
            "done": Out(1),
            "overflow": Out(1),
            "error": Out(range(max(ErrorCode) + 1)),
        }
    )


class EieArray(wiring.Component):
    """A whole accelerator for pruned fully connected networks (EIE paper, section IV).

    Load the memories and an input vector through `i`, pulse `start`, take the results from `o`
    (`zskip.model.eie.packets` has both formats). Load the whole of the next input vector after
    `done`: what is not loaded keeps an older value.

    Throughput: one broadcast a cycle, one entry a cycle in each PE. Stall rule: `i` waits during a
    run; a run waits while results are not taken from `o`.

    Parameters
    ----------
    config : Config
        The array.

    Members
    -------
    i : In(stream)
        Load packets.
    o : Out(stream)
        Result packets.
    start : In(1)
        Begin a run, from the second cycle after the last word of `i` on; ignored while `busy`.
    busy : Out(1)
        A run is under way.
    done : Out(1)
        High for one cycle when a run ends.
    overflow : Out(1)
        An addition has left the accumulator's range since the run began.
    error : Out(ErrorCode)
        The first error since reset.
    """

    i: stream.Interface
    o: stream.Interface
    start: Signal
    busy: Signal
    done: Signal
    overflow: Signal
    error: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(array_signature())

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.loader = loader = Loader(config)
        m.submodules.ccu = ccu = Ccu(config)
        m.submodules.emitter = emitter = Emitter(config)
        m.submodules.lnzd = lnzd = LnzdTree(config)
        # The PEs leave reset one cycle later, so that no logic of theirs hangs on the reset pin.
        reset = Signal(init=1)
        m.d.sync += reset.eq(0)
        signature = pipeline_signature(config)
        pes = [SharedModule(PE_MODULE, signature, reset=reset) for _ in range(config.pe_count)]

        control = Control(config).create()
        load = LoadBus().create()
        for number, pe in enumerate(pes):
            m.submodules[f"pe_{number}"] = pe
            connect(m, control, pe.control)
            connect(m, load, pe.load)
            connect(m, pe.o, lnzd.i[number])
            m.d.comb += pe.pe.eq(number)

        connect(m, flipped(self.i), loader.i)
        connect(m, loader.w_program, ccu.w_program)
        connect(m, lnzd.o, ccu.i)
        connect(m, ccu.request, emitter.request)
        connect(m, emitter.o, flipped(self.o))
        self._commands(m, control, ccu, emitter)
        self._load(m, load, loader, ccu)
        self._broadcast(m, ccu, pes)
        self._results(m, emitter, pes)
        self._status(m, loader, ccu, pes)
        return m

    def _commands(self, m: Module, control: ControlInterface, ccu: Ccu, emitter: Emitter) -> None:
        """Merge the commands of the central control unit and of the emitter."""
        for name in ccu.control.settings.signature.members:
            m.d.comb += getattr(control.settings, name).eq(getattr(ccu.control.settings, name))
        for name in ("compute", "write_back", "restart"):
            m.d.comb += getattr(control, name).eq(getattr(ccu.control, name))
        m.d.comb += [
            control.read.eq(emitter.read),
            control.row.eq(ccu.control.row),
            control.counter.eq(emitter.counter),
        ]
        with m.If(emitter.read):
            m.d.comb += control.row.eq(emitter.row)

    def _load(self, m: Module, load: LoadBusInterface, loader: Loader, ccu: Ccu) -> None:
        """Register the load bus, which the loader and the codebook fetch share."""
        for name in ("en", "target", "pe", "address", "data"):
            m.d.sync += getattr(load, name).eq(getattr(loader.load, name))
        with m.If(ccu.codebook.en):
            m.d.sync += [
                load.en.eq(1),
                load.target.eq(CODEBOOK),
                load.address.eq(ccu.codebook.address),
                load.data.eq(ccu.codebook.data),
            ]

    def _broadcast(self, m: Module, ccu: Ccu, pes: list[SharedModule]) -> None:
        """Give every PE the activation in the same cycle, when no queue is full."""
        m.d.comb += ccu.o.ready.eq(Cat(pe.i.ready for pe in pes).all())
        for pe in pes:
            m.d.comb += [
                pe.i.payload.eq(ccu.o.payload),
                pe.i.valid.eq(ccu.o.valid & ccu.o.ready),
            ]

    def _results(self, m: Module, emitter: Emitter, pes: list[SharedModule]) -> None:
        """Show the emitter the activations and counters it selects."""
        lanes = self.config.lanes
        groups = [
            Cat(pe.activation for pe in pes[first : first + lanes])
            for first in range(0, len(pes), lanes)
        ]
        m.d.comb += [
            emitter.activations.eq(Array(groups)[emitter.group]),
            emitter.counters.eq(Array(pe.counters for pe in pes)[emitter.counter_pe]),
        ]

    def _status(self, m: Module, loader: Loader, ccu: Ccu, pes: list[SharedModule]) -> None:
        """Gather what the host sees."""
        m.d.comb += [
            ccu.start.eq(self.start),
            ccu.idle.eq(Cat(pe.idle for pe in pes).all()),
            loader.enable.eq(~ccu.busy),
            self.busy.eq(ccu.busy),
            self.done.eq(ccu.done),
            self.error.eq(loader.error),
        ]
        with m.If(loader.error == ErrorCode.NONE):
            m.d.comb += self.error.eq(ccu.error)
        with m.If(Cat(pe.overflow for pe in pes).any()):
            m.d.sync += self.overflow.eq(1)
        with m.Elif(self.start & ~self.busy):
            m.d.sync += self.overflow.eq(0)
