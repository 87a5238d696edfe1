"""Processing element: a compute engine with its memories."""

from amaranth import Array, Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.commands import EngineCommands, EngineCommandsInterface
from zskip.hw.bitlet.engine_core import EngineCore
from zskip.hw.bitlet.interfaces import (
    COUNTER_WORDS,
    PE_NUMBER_BITS,
    load_bus,
    output_bits,
    window_bits,
)
from zskip.hw.common.load_bus import LoadBusInterface
from zskip.hw.common.sliced_memory import SlicedMemory
from zskip.hw.common.write_port import WritePortInterface
from zskip.model.bitlet.config import Config
from zskip.model.bitlet.counters import PER_PE
from zskip.model.bitlet.packets import Target
from zskip.model.common.stream import COUNTER_BITS, STREAM_BITS


def pe_signature(config: Config) -> wiring.Signature:
    """Return the ports of `Pe`."""
    return wiring.Signature(
        {
            "pe": In(PE_NUMBER_BITS),
            "load": In(load_bus()),
            "commands": In(EngineCommands(config)),
            "x": In(window_bits(config)),
            "ready": Out(1),
            "hold": In(1),
            "done": Out(1),
            "o_valid": Out(1),
            "o": Out(output_bits(config)),
            "counter": In(range(COUNTER_WORDS)),
            "counters": Out(STREAM_BITS),
            "overflow": Out(1),
        }
    )


class Pe(wiring.Component):
    """Compute outputs of a layer: weight memory, bias memory, and the engine behind them.

    Which outputs these are depends on `pe` alone, so one module serves the whole array.

    Latency: that of `zskip.hw.bitlet.engine_core.EngineCore`. Throughput: the cycles of
    `zskip.model.bitlet.engine_cycles`. Stall rule: a beat waits while `ready` is 0, and a group
    does not end while `hold` is 1.

    Parameters
    ----------
    config : Config
        Gives depths and widths.

    Members
    -------
    pe : In(6)
        Number of the engine.
    load : In(LoadBus)
        Writes to the engine's memories.
    commands : In(EngineCommands)
        Commands of the control unit.
    x : In(load_pairs * 16 * places)
        Activations of the beat that is offered.
    ready : Out(1)
        The beat is taken, if one is offered.
    hold : In(1)
        The group does not end, as another engine has not finished it.
    done : Out(1)
        The engine is ready to end its group.
    o_valid : Out(1)
        An output is complete.
    o : Out(16 * places)
        The output, in the lowest bits.
    counter : In(1)
        Which word of counters is shown.
    counters : Out(64)
        Saturations and overflows, or specials and picks, the first in the lower half.
    overflow : Out(1)
        Something is counted as an overflow in this cycle.
    """

    pe: Signal
    load: LoadBusInterface
    commands: EngineCommandsInterface
    x: Signal
    ready: Signal
    hold: Signal
    done: Signal
    o_valid: Signal
    o: Signal
    counter: Signal
    counters: Signal
    overflow: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(pe_signature(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, commands = self.config, self.commands
        m.submodules.weights = weights = SlicedMemory(
            width=config.word_bits, depth=config.weight_depth
        )
        m.submodules.biases = biases = SlicedMemory(
            width=config.segments * config.bias_bits,
            depth=config.bias_depth,
            slice_bits=config.bias_bits,
        )
        m.submodules.core = core = EngineCore(config)
        m.d.comb += [
            weights.read.eq(commands.read),
            weights.address.eq(commands.address),
            biases.read.eq(commands.read_biases),
            biases.address.eq(commands.round),
            core.i.valid.eq(commands.valid),
            core.i.p.weights.eq(weights.word),
            core.i.p.activations.eq(self.x),
            core.i.p.first.eq(commands.first),
            core.i.p.last.eq(commands.last),
            core.i.p.biases.eq(biases.word),
            core.hold.eq(self.hold),
            self.ready.eq(core.i.ready),
            self.done.eq(core.done),
            self.o_valid.eq(core.o_valid),
            self.o.eq(core.o),
            self.overflow.eq(core.o_overflows != 0),
        ]
        for name in ("format", "joined", "subtracted", "mask", "shift", "rounding", "relu"):
            m.d.comb += getattr(core, name).eq(getattr(commands, name))
        self._load(m, Target.WEIGHTS, weights.w_port)
        self._load(m, Target.BIASES, biases.w_port)
        counted = {
            "saturations": core.o_saturated,
            "overflows": core.o_overflows,
            "specials": core.o_special,
            "picks": core.picks,
        }
        self._count(m, *(counted[name] for name in PER_PE))
        return m

    def _load(self, m: Module, target: Target, port: WritePortInterface) -> None:
        """Take the words of the load bus that are meant for a memory of this engine."""
        load = self.load
        m.d.comb += [
            port.en.eq(load.en & (load.target == target) & (load.pe == self.pe)),
            port.address.eq(load.address),
            port.data.eq(load.data),
        ]

    def _count(self, m: Module, *events: Value) -> None:
        """Add up events, two counters to a word."""
        counters = [Signal(COUNTER_BITS, name=name) for name in PER_PE]
        for counter, number in zip(counters, events, strict=True):
            m.d.sync += counter.eq(counter + number)
            with m.If(self.commands.restart):
                m.d.sync += counter.eq(0)
        words = Array(Cat(counters[first : first + 2]) for first in range(0, len(counters), 2))
        m.d.comb += self.counters.eq(words[self.counter])
