"""The N:M array: rows, vectors, control unit, load and result streams."""

from amaranth import Cat, Module
from amaranth.lib.wiring import connect

from zskip.hw.common.emitter import Emitter
from zskip.hw.common.loader import Loader, Memory, Tiles
from zskip.hw.common.shared_module import SharedModule
from zskip.hw.common.tile_queue import TileQueue
from zskip.hw.common.vector_array import VectorArray
from zskip.hw.nm.control import Control
from zskip.hw.nm.interfaces import PE_NUMBER_BITS, TARGET_BITS
from zskip.hw.nm.row import row_signature
from zskip.hw.nm.vectors import Vectors
from zskip.model.common.stream import LANES
from zskip.model.nm.config import Config
from zskip.model.nm.counters import CENTRAL, PER_PE
from zskip.model.nm.packets import TARGETS, TILE, Target
from zskip.model.nm.passes import pass_words

ROW_MODULE = "zskip_nm_row"
"""Verilog module of a row."""


class NmArray(VectorArray):
    """Accelerator for N:M pruned fully connected networks: rows that share their activations.

    Load the memories and an input vector through `i`, pulse `start`, take the results from `o`
    (`zskip.model.nm.packets` has the memories). With double input, load and start the next one at
    any time from the start on.

    Throughput: one beat of weights a cycle in every row, whatever the data. Stall rule: `i` waits
    during a run, with streamed weights only for a free half of the memories or for the end of the
    run; a run waits while results are not taken from `o`, and for its tiles.

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
        rows = [SharedModule(ROW_MODULE, row_signature(config)) for _ in range(config.pe_count)]
        for number, row in enumerate(rows):
            m.submodules[f"row_{number}"] = row
            connect(m, control.rows, row.commands)
            m.d.comb += row.codebook.eq(control.codebook)
        m.d.comb += control.illegal.eq(Cat(row.illegal for row in rows).any())
        guard = self._join(
            m,
            loader,
            control,
            vectors,
            emitter,
            rows,
            inputs=Target.ACTIVATIONS,
            outputs=Cat(row.o_activation for row in rows),
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
            Target.BIASES: config.bias_depth,
            Target.ACTIVATIONS: config.vector_depth // LANES,
            Target.PROGRAM: pass_words(config) * config.pass_count,
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
