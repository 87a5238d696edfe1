"""Bench of the activation queue; oracle: the model's queue, cycle by cycle.

Capacity and latency are those of `zskip.verif.common.tb_queue`, which runs on this unit as well.
"""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import activation_layout
from zskip.hw.eie.pe.act_queue import ActQueue
from zskip.model.eie.pe.act_queue import ActQueue as Model
from zskip.verif.common.checkers import StreamChecker
from zskip.verif.common.ports import random_values
from zskip.verif.common.streams import PATTERNS
from zskip.verif.eie.unit import unit_bench, unit_config


class ActQueueChecker(StreamChecker):
    """Checker that lets the model's queue do what the unit does.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses in front of the queue and behind it.
    """

    def __init__(self, dut: HierarchyObject, idle: str, stall: str) -> None:
        self._model = Model(unit_config())
        super().__init__(unit_bench(dut, ActQueue), idle, stall)

    def sample(self, cycle: int) -> None:
        """Compare both sides of the queue, then move on."""
        bench, model = self.bench, self._model
        assert bench["i__ready"].number == (not model.full), f"ready in cycle {cycle}"
        assert bench["held"].number == (model.level > 0), f"held in cycle {cycle}"
        if bench["i__valid"].number and not model.full:
            model.push(**bench["i__payload"].fields)
        assert bench["o__valid"].number == (model.level > 0), f"valid in cycle {cycle}"
        if bench["o__valid"].number and bench["o__ready"].number:
            value, index = model.pop()
            assert bench["o__payload"].fields == {"value": value, "index": index}


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def passes_all_on_in_order(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Whatever the pauses, what comes out is what went in; corners of each field are among it."""
    queue = ActQueueChecker(dut, idle, stall)
    await queue.bench.start()
    queue.expected = random_values(activation_layout(unit_config()), queue.bench.rng, 100)
    queue.source.send(queue.expected)
    await queue.finish()
