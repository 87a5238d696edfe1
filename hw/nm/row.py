"""Row of the array: computes one output at a time."""

from amaranth import Cat, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.counter import add_counter
from zskip.hw.common.load_bus import LoadBusInterface
from zskip.hw.common.loader import HALF_BIT
from zskip.hw.common.sliced_memory import SlicedMemory
from zskip.hw.common.write_back import WriteBack
from zskip.hw.common.write_port import WritePortInterface
from zskip.hw.nm.accumulator import Accumulator
from zskip.hw.nm.commands import RowCommands, RowCommandsInterface
from zskip.hw.nm.dot_product import DotProduct
from zskip.hw.nm.interfaces import (
    PE_NUMBER_BITS,
    SHIFT_BITS,
    codebook_bits,
    load_bus,
    window_bits,
)
from zskip.model.common.latencies import SRAM_READ
from zskip.model.common.stream import STREAM_BITS
from zskip.model.nm.config import Config
from zskip.model.nm.counters import PER_PE
from zskip.model.nm.latencies import PRODUCT, tree_levels
from zskip.model.nm.packets import Target


def row_signature(config: Config) -> wiring.Signature:
    """Return the ports of `Row`."""
    return wiring.Signature(
        {
            "pe": In(PE_NUMBER_BITS),
            "load": In(load_bus()),
            "commands": In(RowCommands(config)),
            "codebook": In(codebook_bits(config)),
            "x": In(window_bits(config)),
            "o_valid": Out(1),
            "o_activation": Out(signed(config.activation_bits)),
            "counters": Out(STREAM_BITS),
            "illegal": Out(1),
            "overflow": Out(1),
            "faulty": Out(config.parity),
        }
    )


class Row(wiring.Component):
    """Multiply the weights of a row by the activations they meet, and make outputs of the sums.

    Weight memory, dot product, accumulator, write-back. Which outputs of a layer it computes
    depends on `pe` alone, so one module serves the whole array.

    Latency: `zskip.model.nm.latencies.pass_cycles` from the command of the last beat of an output
    to the cycle that shows it. Throughput: one beat a cycle. Stall rule: none.

    Parameters
    ----------
    config : Config
        Gives depths and widths.

    Members
    -------
    pe : In(8)
        Number of the row.
    load : In(LoadBus)
        Writes to the row's memories.
    commands : In(RowCommands)
        Commands of the control unit.
    codebook : In(16 * 16)
        Values of the codes, the first in the lowest bits; only where weights are codes.
    x : In(window * activation_bits)
        Activations of the beat that was commanded two cycles ago.
    o_valid : Out(1)
        An output is complete.
    o_activation : Out(signed(activation_bits))
        The output.
    counters : Out(64)
        Saturations in the lower half, overflows in the upper one.
    illegal : Out(1)
        The beat commanded three cycles ago has an illegal code.
    overflow : Out(1)
        An addition left the accumulator's range.
    faulty : Out(parity)
        The parity of a word that was used in the last cycle is wrong.
    """

    pe: Signal
    load: LoadBusInterface
    commands: RowCommandsInterface
    codebook: Signal
    x: Signal
    o_valid: Signal
    o_activation: Signal
    counters: Signal
    illegal: Signal
    overflow: Signal
    faulty: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(row_signature(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, commands = self.config, self.commands
        m.submodules.weights = weights = SlicedMemory(
            width=config.word_bits,
            depth=config.weight_depth,
            parity=config.parity,
            streamed=config.streamed,
        )
        m.submodules.dot_product = dot_product = DotProduct(config)
        m.submodules.accumulator = accumulator = Accumulator(config)
        m.submodules.write_back = write_back = WriteBack(
            acc_bits=config.acc_bits,
            shift_bits=SHIFT_BITS,
            row_bits=0,
            output_row_bits=0,
            output_bits=config.activation_bits,
        )
        valid, announced = self._delay(m)
        m.d.comb += [
            weights.read.eq(commands.valid),
            weights.address.eq(commands.address),
            dot_product.word.eq(weights.word),
            dot_product.codebook.eq(self.codebook),
            dot_product.x.eq(self.x),
            Cat(accumulator.valid, accumulator.first, accumulator.last).eq(announced),
            accumulator.rewind.eq(commands.rewind),
            accumulator.sum.eq(dot_product.o),
            accumulator.rounding.eq(commands.rounding),
            write_back.shift.eq(commands.shift),
            write_back.relu.eq(commands.relu),
            write_back.i_valid.eq(accumulator.o_valid),
            write_back.i_rounded.eq(accumulator.o_rounded),
            self.o_valid.eq(write_back.o_valid),
            self.o_activation.eq(write_back.o_activation),
            self.overflow.eq(accumulator.overflow),
        ]
        m.d.sync += self.illegal.eq(valid & dot_product.illegal)
        if config.parity:
            arrived = Signal()
            m.d.sync += [
                arrived.eq(commands.valid),
                self.faulty.eq((arrived & weights.faulty) | accumulator.faulty),
            ]
        if config.streamed:
            m.d.comb += [
                weights.halves.read.eq(commands.tile_half),
                weights.halves.write.eq(self.load.address[HALF_BIT]),
            ]
        self._load(m, Target.WEIGHTS, weights.w_port)
        self._load(m, Target.BIASES, accumulator.w_bias)
        self._count(m, write_back.o_saturated, accumulator.overflow)
        return m

    def _delay(self, m: Module) -> tuple[Signal, Signal]:
        """Return whether there is a beat when its activations arrive; and, in front of its sum, it.

        A beat is its flags `valid`, `first` and `last`.
        """
        beat = Signal(3)
        m.d.comb += beat.eq(Cat(self.commands.valid, self.commands.first, self.commands.last))
        stages = [beat]
        for number in range(SRAM_READ + PRODUCT + tree_levels(self.config)):
            stage = Signal(3, name=f"beat_{number + 1}")
            m.d.sync += stage.eq(stages[-1])
            stages.append(stage)
        valid = Signal()
        m.d.comb += valid.eq(stages[SRAM_READ + 1][0])
        return valid, stages[-1]

    def _load(self, m: Module, target: Target, port: WritePortInterface) -> None:
        """Take the words of the load bus that are meant for a memory of this row."""
        load = self.load
        m.d.comb += [
            port.en.eq(load.en & (load.target == target) & (load.pe == self.pe)),
            port.address.eq(load.address),
            port.data.eq(load.data),
        ]

    def _count(self, m: Module, *events: Signal) -> None:
        """Count events, each in a part of `counters`."""
        restarts = Signal()
        m.d.sync += restarts.eq(self.commands.restart)
        counters = [
            add_counter(m, name, event, restarts)
            for name, event in zip(PER_PE, events, strict=True)
        ]
        m.d.comb += self.counters.eq(Cat(counters))
