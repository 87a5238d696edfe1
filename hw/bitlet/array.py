"""The Bitlet array: engines, vectors, control unit, load and result streams."""

from amaranth import Cat, Module
from amaranth.lib.wiring import connect

from zskip.hw.bitlet.control import Control
from zskip.hw.bitlet.interfaces import PE_NUMBER_BITS, TARGET_BITS
from zskip.hw.bitlet.pe import pe_signature
from zskip.hw.bitlet.vectors import Vectors
from zskip.hw.common.emitter import Emitter
from zskip.hw.common.loader import Loader, Memory, Tiles
from zskip.hw.common.shared_module import SharedModule
from zskip.hw.common.tile_queue import TileQueue
from zskip.hw.common.vector_array import VectorArray
from zskip.model.bitlet.config import Config
from zskip.model.bitlet.counters import CENTRAL, PER_PE
from zskip.model.bitlet.packets import TARGETS, TILE, Target
from zskip.model.bitlet.passes import PASS_WORDS
from zskip.model.common.stream import LANES

PE_MODULE = "zskip_bitlet_pe"
"""Verilog module of an engine with its memories."""


class BitletArray(VectorArray):
    """Accelerator that skips the zero bits of weights: engines that share their activations.

    Load the memories and an input vector through `i`, pulse `start`, take the results from `o`
    (`zskip.model.bitlet.packets` has the memories). With double input, load and start the next one
    at any time from the start on.

    Throughput: the cycles of `zskip.model.bitlet.engine_cycles`. Stall rule: `i` waits during a
    run, with streamed weights only for a free half of the memories or for the end of the run; a run
    waits while results are not taken from `o`, and for its tiles; all engines end a group together,
    or decoupled, complete an output together.

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
        m.submodules.loader = loader = self._loader()
        m.submodules.control = control = Control(config)
        m.submodules.vectors = vectors = Vectors(config)
        m.submodules.emitter = emitter = Emitter(
            units=config.pe_count,
            vector_depth=config.vector_depth,
            central_counters=len(CENTRAL),
            unit_counters=len(PER_PE),
            parity=config.parity,
        )
        pes = [SharedModule(PE_MODULE, pe_signature(config)) for _ in range(config.pe_count)]
        hold = ~Cat(pe.done for pe in pes).all()
        for number, pe in enumerate(pes):
            m.submodules[f"pe_{number}"] = pe
            connect(m, control.engines, pe.commands)
            m.d.comb += [pe.hold.eq(hold), pe.counter.eq(emitter.readout.counter)]
        # Where groups end together, the engines get room for the next beat together too.
        ready = config.pe_count if config.decoupled else 1
        m.d.comb += [
            control.ready.eq(Cat(pe.ready for pe in pes[:ready]).all()),
            control.written.eq(vectors.w_outputs),
        ]
        guard = self._join(
            m,
            loader,
            control,
            vectors,
            emitter,
            pes,
            inputs=Target.ACTIVATIONS,
            outputs=Cat(pe.o for pe in pes),
        )
        if config.streamed:
            m.submodules.tiles = tiles = TileQueue()
            tiles.join(m, self, loader, control, emitter, guard)
        return m

    def _loader(self) -> Loader:
        """Return the loader of the array's memories."""
        config = self.config
        words = {
            Target.WEIGHTS: config.weight_depth * config.slices,
            Target.BIASES: config.bias_depth * config.bias_slices,
            Target.ACTIVATIONS: config.vector_depth // LANES,
            Target.PROGRAM: PASS_WORDS * config.pass_count,
        }
        memories = {target: Memory(words[target], form.per_pe) for target, form in TARGETS.items()}
        tiles = Tiles(frozenset({Target.WEIGHTS}), TILE) if config.streamed else None
        return Loader(
            memories=memories | ({TILE: Memory(1, False)} if tiles else {}),
            program=Target.PROGRAM,
            inputs=Target.ACTIVATIONS,
            dealt=False,
            pe_count=config.pe_count,
            target_bits=TARGET_BITS,
            pe_bits=PE_NUMBER_BITS,
            tiles=tiles,
            banks=bool(config.double_input),
        )
