"""The EIE array: PEs, LNZD tree, central control unit, load and result streams."""

from amaranth import Cat, Const, Module, Signal
from amaranth.lib.wiring import connect, flipped

from zskip.hw.common.block import Block
from zskip.hw.common.emitter import Emitter
from zskip.hw.common.kept_request import KeptRequest
from zskip.hw.common.load_bus import LoadBusInterface
from zskip.hw.common.loader import Loader
from zskip.hw.common.parity_guard import guard_parity
from zskip.hw.common.run_guard import RunGuard, run_guard
from zskip.hw.common.shared_module import SharedModule
from zskip.hw.common.tile_queue import TileQueue
from zskip.hw.eie import shell
from zskip.hw.eie.ccu import Ccu
from zskip.hw.eie.interfaces import CODEBOOK, load_bus
from zskip.hw.eie.lnzd_tree import LnzdTree
from zskip.hw.eie.pe.pipeline import pipeline_signature
from zskip.hw.eie.readout_tree import ReadoutTree
from zskip.model.eie.config import Config
from zskip.model.eie.passes import PASS_WORD_0

PE_MODULE = "zskip_eie_pe"
"""Verilog module of a processing element."""


class EieArray(Block):
    """Accelerator for pruned fully connected networks: PEs, LNZD tree, control unit, streams.

    Load the memories and an input vector through `i`, pulse `start`, take the results from `o`
    (`zskip.model.eie.packets` has the memories). Load the whole of the next input vector after
    `done`: without it a start is refused. With double input, load it at any time from the start on,
    and start again: that start is kept until the run under way ends. `done` comes for each run.

    Throughput: one broadcast a cycle, one entry a cycle in each PE. Stall rule: `i` waits during a
    run, with streamed weights only for a free half of the memories or for the end of the run; a run
    waits while results are not taken from `o`, and for its tiles.

    Parameters
    ----------
    config : Config
        The array.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.loader = loader = shell.loader(config)
        m.submodules.ccu = ccu = Ccu(config)
        m.submodules.emitter = emitter = shell.emitter(config)
        m.submodules.lnzd = lnzd = LnzdTree(config)
        m.submodules.readout = readout = ReadoutTree(config)
        # The PEs leave reset one cycle later, so that no logic of theirs hangs on the reset pin.
        reset = Signal(init=1)
        m.d.sync += reset.eq(0)
        signature = pipeline_signature(config)
        pes = [SharedModule(PE_MODULE, signature, reset=reset) for _ in range(config.pe_count)]
        load = load_bus().create(path=("load",))
        for number, pe in enumerate(pes):
            m.submodules[f"pe_{number}"] = pe
            connect(m, ccu.control, pe.control)
            connect(m, readout.o[number], pe.readout)
            connect(m, load, pe.load)
            connect(m, pe.o, lnzd.i[number])
            m.d.comb += [pe.pe.eq(number), readout.words[number].eq(pe.word)]

        connect(m, flipped(self.i), loader.i)
        connect(m, loader.w_program, ccu.w_program)
        connect(m, lnzd.o, ccu.i)
        if config.in_groups:
            m.d.comb += lnzd.group_bits.eq(ccu.control.settings.group_bits)
        if not config.double_input:
            connect(m, ccu.request, emitter.request)
        connect(m, emitter.o, flipped(self.o))
        self._load(m, load, loader, ccu)
        self._broadcast(m, ccu, pes)
        connect(m, emitter.readout, readout.i)
        m.d.comb += Cat(emitter.word, emitter.faulty_word).eq(readout.word)
        guard = self._status(m, loader, ccu, emitter, pes)
        if config.double_input:
            self._ahead(m, loader, ccu, emitter, guard)
        if config.double_input or config.streamed:
            # The words of a codebook take the load bus.
            m.d.comb += loader.pause.eq(ccu.fetching)
        if config.streamed:
            m.submodules.tiles = tiles = TileQueue()
            tiles.join(m, self, loader, ccu, emitter, guard)
        return m

    def _ahead(
        self, m: Module, loader: Loader, ccu: Ccu, emitter: Emitter, guard: RunGuard
    ) -> None:
        """Let the next input vector come, and outputs leave, beside a run."""
        m.submodules.kept_request = kept = KeptRequest(emitter.requests)
        kept.join(m, ccu, emitter, loader, guard)
        m.d.comb += ccu.bank.eq(guard.computing)

    def _load(self, m: Module, load: LoadBusInterface, loader: Loader, ccu: Ccu) -> None:
        """Let the loader and the codebook fetch share the load bus; each PE registers it."""
        if not self.config.streamed:
            m.d.comb += ccu.loading.eq(loader.load.en)
        for name in ("en", "target", "pe", "address", "data"):
            m.d.comb += getattr(load, name).eq(getattr(loader.load, name))
        with m.If(ccu.codebook.en):
            m.d.comb += [
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

    def _status(
        self, m: Module, loader: Loader, ccu: Ccu, emitter: Emitter, pes: list[SharedModule]
    ) -> RunGuard:
        """Join the flags of the units to those of the block; return the guard of its runs."""
        ahead = bool(self.config.double_input)
        m.submodules.guard = guard = run_guard(loader, PASS_WORD_0, ahead=ahead)
        guard.join(m, self, loader, ccu)
        if self.config.parity:
            guard_parity(m, guard, emitter, ccu.faulty, (pe.faulty for pe in pes))
        m.d.comb += ccu.idle.eq(Cat(pe.idle for pe in pes).all())
        wraps = Cat(pe.overflow for pe in pes).any()
        guard.join_overflow(m, self, wraps, ccu.keep if ahead else Const(0))
        return guard
