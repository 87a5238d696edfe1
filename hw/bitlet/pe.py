"""Processing element: a compute engine with its memories."""

from amaranth import Array, Cat, EnableInserter, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.commands import EngineCommands, EngineCommandsInterface
from zskip.hw.bitlet.cursor import Cursor
from zskip.hw.bitlet.engine_core import EngineCore
from zskip.hw.bitlet.group_queue import GroupQueue
from zskip.hw.bitlet.interfaces import (
    COUNTER_WORDS,
    PE_NUMBER_BITS,
    load_bus,
    output_bits,
    window_bits,
)
from zskip.hw.common.counter import add_counter
from zskip.hw.common.load_bus import LoadBusInterface
from zskip.hw.common.loader import HALF_BIT
from zskip.hw.common.queue import Queue
from zskip.hw.common.sliced_memory import SlicedMemory
from zskip.hw.common.write_port import WritePortInterface
from zskip.model.bitlet.config import Config
from zskip.model.bitlet.counters import PER_PE
from zskip.model.bitlet.packets import Target
from zskip.model.common.stream import STREAM_BITS


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
            "faulty": Out(config.parity),
        }
    )


def outputs_ahead(config: Config) -> int:
    """Return by how many outputs a decoupled engine is ahead of another one at most.

    It has ended no more groups than came, and those fill the queue and the buffers of the other
    engine; in floating point one waits between them. Each is a round, at most, and both engines
    take as long from there to their outputs.
    """
    return (config.skew + int(config.float_bits > 0) + config.buffers) * config.segments


class Pe(wiring.Component):
    """Compute outputs of a layer: weight memory, bias memory, and the engine behind them.

    Which outputs these are depends on `pe` alone, so one module serves the whole array.

    In lock step the control unit reads the memories. Decoupled, beats of activations go through a
    queue, and the engine reads its memories in step with that; outputs wait for those of the other
    engines in another queue.

    Latency: that of `zskip.hw.bitlet.engine_core.EngineCore`. Throughput: the cycles of
    `zskip.model.bitlet.engine_cycles`. Stall rule: a beat waits while `ready` is 0; while `hold` is
    1, a group does not end, or decoupled, an output waits.

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
        The group does not end, as another engine has not finished it; decoupled, the output waits,
        as another engine has none.
    done : Out(1)
        The engine is ready to end its group; decoupled, it has an output.
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
    faulty : Out(parity)
        The parity of a word that was used in the last cycle is wrong.
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
    faulty: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(pe_signature(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, commands = self.config, self.commands
        m.submodules.weights = weights = SlicedMemory(
            width=config.word_bits,
            depth=config.weight_depth,
            parity=config.parity,
            streamed=config.streamed,
        )
        m.submodules.biases = biases = SlicedMemory(
            width=config.segments * config.bias_bits,
            depth=config.bias_depth,
            slice_bits=config.bias_bits,
            parity=config.parity,
        )
        core = EngineCore(config)
        m.submodules.core = EnableInserter(commands.enable)(core) if config.streamed else core
        m.d.comb += [
            core.i.p.weights.eq(weights.word),
            core.i.p.biases.eq(biases.word),
            self.overflow.eq(core.o_overflows != 0),
        ]
        join = self._decouple if config.decoupled else self._keep_step
        join(m, core, weights, biases)
        for name in ("format", "joined", "subtracted", "mask", "shift", "rounding", "relu"):
            m.d.comb += getattr(core, name).eq(getattr(commands, name))
        if config.parity:
            wrong = weights.faulty | (core.i.p.first & biases.faulty)
            m.d.sync += self.faulty.eq(core.i.valid & core.i.ready & wrong)
        if config.streamed:
            m.d.comb += [
                weights.halves.read.eq(commands.tile_half),
                weights.halves.write.eq(self.load.address[HALF_BIT]),
            ]
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

    def _keep_step(
        self, m: Module, core: EngineCore, weights: SlicedMemory, biases: SlicedMemory
    ) -> None:
        """Let the control unit read the memories, and the group wait for other engines."""
        commands = self.commands
        m.d.comb += [
            weights.read.eq(commands.read),
            weights.address.eq(commands.address),
            biases.read.eq(commands.read_biases),
            biases.address.eq(commands.round),
            core.i.valid.eq(commands.valid),
            core.i.p.activations.eq(self.x),
            core.i.p.first.eq(commands.first),
            core.i.p.last.eq(commands.last),
            core.hold.eq(self.hold),
            self.ready.eq(core.i.ready),
            self.done.eq(core.done),
            self.o_valid.eq(self._event(core.o_valid)),
            self.o.eq(core.o),
        ]

    def _decouple(
        self, m: Module, core: EngineCore, weights: SlicedMemory, biases: SlicedMemory
    ) -> None:
        """Put a queue in front of the engine and one behind it, and read the memories for it."""
        config, commands = self.config, self.commands
        beat = data.StructLayout({"activations": len(self.x), "first": 1, "last": 1})
        m.submodules.groups = groups = GroupQueue(beat, beats=config.beats, groups=config.skew)
        m.submodules.outputs = outputs = Queue(len(self.o), depth=outputs_ahead(config))
        taken = Signal()
        m.d.comb += [
            groups.i.valid.eq(commands.valid),
            groups.i.p.activations.eq(self.x),
            groups.i.p.first.eq(commands.first),
            groups.i.p.last.eq(commands.last),
            self.ready.eq(groups.i.ready),
            core.i.valid.eq(groups.o.valid),
            core.i.p.activations.eq(groups.o.p.activations),
            core.i.p.first.eq(groups.o.p.first),
            core.i.p.last.eq(groups.o.p.last),
            groups.o.ready.eq(core.i.ready),
            taken.eq(groups.o.valid & groups.o.ready),
            outputs.i.valid.eq(core.o_valid),
            outputs.i.payload.eq(core.o),
            outputs.o.ready.eq(~self.hold),
            self.done.eq(outputs.o.valid),
            self.o_valid.eq(outputs.o.valid & ~self.hold),
            self.o.eq(outputs.o.payload),
        ]
        round_ends = taken & groups.ends & groups.o.p.last
        self._read_in_order(m, "weight", weights, taken)
        self._read_in_order(m, "bias", biases, round_ends)

    def _read_in_order(self, m: Module, name: str, memory: SlicedMemory, taken: Value) -> None:
        """Show one word of a memory after the other, the next one behind each that is taken."""
        cursor = Cursor(depth=memory.depth)
        m.submodules[f"{name}_cursor"] = cursor
        m.d.comb += [
            cursor.rewind.eq(self.commands.rewind),
            cursor.go.eq(taken),
            memory.read.eq(cursor.read),
            memory.address.eq(cursor.address),
        ]

    def _load(self, m: Module, target: Target, port: WritePortInterface) -> None:
        """Take the words of the load bus that are meant for a memory of this engine."""
        load = self.load
        m.d.comb += [
            port.en.eq(load.en & (load.target == target) & (load.pe == self.pe)),
            port.address.eq(load.address),
            port.data.eq(load.data),
        ]

    def _event(self, number: Value) -> Value:
        """Return a number of events of the core, 0 while it stands still."""
        return Mux(self.commands.enable, number, 0) if self.config.streamed else number

    def _count(self, m: Module, *events: Value) -> None:
        """Add up events, two counters to a word."""
        restarts = Signal()
        m.d.sync += restarts.eq(self.commands.restart)
        counters = [
            add_counter(m, name, self._event(number), restarts)
            for name, number in zip(PER_PE, events, strict=True)
        ]
        words = Array(Cat(counters[first : first + 2]) for first in range(0, len(counters), 2))
        m.d.comb += self.counters.eq(words[self.counter])
