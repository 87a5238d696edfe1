"""Bench of the activation queue; oracle: the model's queue, cycle by cycle."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import activation_layout
from zskip.hw.eie.pe.act_queue import ActQueue
from zskip.model.eie.pe.act_queue import ActQueue as Model
from zskip.verif.common.ports import Fields, random_values
from zskip.verif.common.streams import PATTERNS, StreamSink, StreamSource
from zskip.verif.common.testbench import Testbench
from zskip.verif.eie.unit import unit_bench, unit_config


class Reference:
    """Agent that lets the model's queue do what the unit does, and compares."""

    def __init__(self, bench: Testbench) -> None:
        self._bench = bench
        self._model = Model(unit_config())
        bench.add(self)

    def drive(self) -> None:
        """Drive nothing."""

    def sample(self, cycle: int) -> None:
        """Compare both sides of the queue, then move on."""
        bench, model = self._bench, self._model
        assert bench["i__ready"].number == (not model.full), f"ready in cycle {cycle}"
        assert bench["held"].number == (model.level > 0), f"held in cycle {cycle}"
        if bench["i__valid"].number and not model.full:
            model.push(**bench["i__payload"].fields)
        assert bench["o__valid"].number == (model.level > 0), f"valid in cycle {cycle}"
        if bench["o__valid"].number and bench["o__ready"].number:
            value, index = model.pop()
            assert bench["o__payload"].fields == {"value": value, "index": index}


async def begin(
    dut: HierarchyObject, idle: str, stall: str, count: int
) -> tuple[Testbench, StreamSource, StreamSink, list[Fields]]:
    """Reset the queue and give it activations to pass on."""
    bench = unit_bench(dut, ActQueue)
    source, sink = StreamSource(bench, "i", idle), StreamSink(bench, "o", stall)
    Reference(bench)
    await bench.start()
    items = random_values(activation_layout(unit_config()), bench.rng, count)
    source.send(items)
    return bench, source, sink, items


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def passes_all_on_in_order(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Whatever the pauses, what comes out is what went in."""
    bench, source, sink, items = await begin(dut, idle, stall, 100)
    await bench.until(lambda: source.empty and len(sink.items) == len(items))
    await bench.step(4)
    assert sink.items == items


@cocotb.test()
async def moves_one_a_cycle(dut: HierarchyObject) -> None:
    """Without pauses one a cycle goes in and out, in the same cycle."""
    bench, source, sink, items = await begin(dut, "never", "never", 20)
    await bench.until(lambda: len(sink.items) == len(items))
    assert source.cycles == sink.cycles == list(range(len(items)))


@cocotb.test()
async def full_queue_takes_nothing_while_it_gives(dut: HierarchyObject) -> None:
    """All entries are usable; the one given away is free in the next cycle."""
    depth = unit_config().queue_depth
    bench, source, sink, _ = await begin(dut, "never", "always", 4 * depth)
    await bench.step(2 * depth + 4)
    assert source.cycles == list(range(depth))
    for _ in range(depth):
        sink.pause("never")
        await bench.step()
        sink.pause("always")
        gave = sink.cycles[-1]
        assert source.cycles[-1] < gave
        await bench.step()
        assert source.cycles[-1] == gave + 1
        await bench.step(3)
        assert source.cycles[-1] == gave + 1


@cocotb.test()
async def empties_and_fills_again(dut: HierarchyObject) -> None:
    """The queue wraps around from empty to full to empty."""
    bench, source, sink, items = await begin(dut, "never", "always", 0)
    items = random_values(
        activation_layout(unit_config()), bench.rng, 7 * unit_config().queue_depth
    )
    for first in range(0, len(items), unit_config().queue_depth):
        source.send(items[first : first + unit_config().queue_depth])
        sink.pause("always")
        await bench.until(lambda: source.empty)
        sink.pause("never")
        await bench.step(unit_config().queue_depth)
        assert not bench["o__valid"].number
    assert sink.items == items
