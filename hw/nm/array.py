"""The N:M array: rows, vectors, control unit, load and result streams."""

from amaranth import Array, Cat, Module
from amaranth.lib.wiring import connect, flipped

from zskip.hw.common.block import Block
from zskip.hw.common.emitter import Emitter
from zskip.hw.common.loader import Loader, Memory
from zskip.hw.common.shared_module import SharedModule
from zskip.hw.nm.control import Control
from zskip.hw.nm.interfaces import PE_NUMBER_BITS, TARGET_BITS
from zskip.hw.nm.row import row_signature
from zskip.hw.nm.vectors import Vectors
from zskip.model.common.stream import LANES, ErrorCode
from zskip.model.nm.config import Config
from zskip.model.nm.counters import CENTRAL, PER_PE
from zskip.model.nm.packets import TARGETS, Target
from zskip.model.nm.passes import pass_words

ROW_MODULE = "zskip_nm_row"
"""Verilog module of a row."""


class NmArray(Block):
    """Accelerator for N:M pruned fully connected networks: rows that share their activations.

    Load the memories and an input vector through `i`, pulse `start`, take the results from `o`
    (`zskip.model.nm.packets` has the memories).

    Throughput: one beat of weights a cycle in every row, whatever the data. Stall rule: `i` waits
    during a run; a run waits while results are not taken from `o`.

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
        )
        rows = [SharedModule(ROW_MODULE, row_signature(config)) for _ in range(config.pe_count)]
        load = loader.load
        for number, row in enumerate(rows):
            m.submodules[f"row_{number}"] = row
            connect(m, control.rows, row.commands)
            connect(m, load, row.load)
            m.d.comb += [row.pe.eq(number), row.codebook.eq(control.codebook), row.x.eq(vectors.x)]

        connect(m, flipped(self.i), loader.i)
        connect(m, loader.w_program, control.w_program)
        connect(m, control.vectors, vectors.commands)
        connect(m, control.request, emitter.request)
        connect(m, emitter.readout, vectors.readout)
        connect(m, emitter.o, flipped(self.o))
        m.d.comb += [
            vectors.w_source.en.eq(load.en & (load.target == Target.ACTIVATIONS)),
            vectors.w_source.address.eq(load.address),
            vectors.w_source.data.eq(load.data),
            # All rows complete their outputs in the same cycle.
            vectors.w_outputs.eq(Cat(row.o_valid for row in rows).any()),
            vectors.outputs.eq(Cat(row.o_activation for row in rows)),
            vectors.group.eq(emitter.group),
            emitter.activations.eq(vectors.shown),
            emitter.counters.eq(Array(row.counters for row in rows)[emitter.counter_unit]),
            control.illegal.eq(Cat(row.illegal for row in rows).any()),
        ]
        self._status(m, loader, control, rows)
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
        return Loader(
            memories={
                target: Memory(words[target], form.per_pe) for target, form in TARGETS.items()
            },
            program=Target.PROGRAM,
            dealt=None,
            pe_count=config.pe_count,
            target_bits=TARGET_BITS,
            pe_bits=PE_NUMBER_BITS,
        )

    def _status(
        self, m: Module, loader: Loader, control: Control, rows: list[SharedModule]
    ) -> None:
        """Join the flags of the units to those of the block."""
        m.d.comb += [
            control.start.eq(self.start),
            loader.enable.eq(~control.busy),
            self.busy.eq(control.busy),
            self.done.eq(control.done),
            self.error.eq(loader.error),
        ]
        with m.If(loader.error == ErrorCode.NONE):
            m.d.comb += self.error.eq(control.error)
        with m.If(Cat(row.overflow for row in rows).any()):
            m.d.sync += self.overflow.eq(1)
        with m.Elif(self.start & ~self.busy):
            m.d.sync += self.overflow.eq(0)
