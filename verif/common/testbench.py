"""The clock of a unit bench, and what happens in each of its cycles."""

from collections.abc import Callable
from typing import Any

import cocotb
import numpy as np
from amaranth.lib import wiring
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import FallingEdge, ReadOnly, Timer

from zskip.verif.common.ports import JoinedPort, Port, ports

PERIOD_NS = 2
"""Clock period in the simulation."""

DEFAULT_LIMIT = 20_000
"""Cycles after which something that has not happened counts as never happening."""


class Agent:
    """Part of a bench that acts in every cycle: it drives inputs, monitors outputs, or both.

    Agents act in the order in which they were made, so a checker that looks at what other agents
    recorded in the same cycle is made after them.

    Parameters
    ----------
    bench : Testbench
        What the agent belongs to.
    """

    def __init__(self, bench: "Testbench") -> None:
        self.bench = bench
        bench.add(self)

    def drive(self) -> None:
        """Drive inputs, half a cycle after the rising edge that began the cycle."""

    def sample(self, cycle: int) -> None:
        """Look at settled signals, before the rising edge that ends the cycle."""

    def reset(self) -> None:
        """Forget what was under way, because the unit does so in its reset."""


class Testbench:
    """Clock, reset, ports and agents of a unit.

    A cycle lasts from one rising edge to the next. Inputs change on the falling edge between
    them; signals are looked at after that, when all that depends on the inputs has settled. So
    every simulator gives the same, and an output may depend on an input of the same cycle.

    The code of a bench runs at falling edges too: what it drives counts in the next `step`. A unit
    without registers has no clock; its cycles are stretches of time.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    signature : amaranth.lib.wiring.Signature
        Signature of the unit.
    clock, reset : str
        Ports that it has beside its signature; a reset whose name ends in ``n`` is active low.
    """

    def __init__(
        self,
        dut: HierarchyObject,
        signature: wiring.Signature,
        *,
        clock: str = "clk",
        reset: str = "rst",
    ) -> None:
        self.rng = np.random.default_rng(cocotb.RANDOM_SEED)
        self.cycle = 0
        self._clock: Any = getattr(dut, clock, None)
        self._reset: Any = getattr(dut, reset, None)
        self._in_reset = int(not reset.endswith("n"))
        self._running = False
        self._agents: list[Agent] = []
        self._inputs, outputs = ports(dut, signature)
        self._ports = {port.name: port for port in (*self._inputs, *outputs)}

    def __getitem__(self, name: str) -> Port:
        """Return a port by the name of its member; names of nested members are joined by __."""
        return self._ports[name]

    def stream(self, name: str) -> tuple[Port, Port, Port]:
        """Return valid, ready and payload of a stream, or of an AXI channel.

        Parameters
        ----------
        name : str
            Name of the stream's member, or what the names of the channel's signals begin with,
            such as ``s_axis_t``; what they end in are the fields of its payload.
        """
        if f"{name}__valid" in self._ports:
            return self[f"{name}__valid"], self[f"{name}__ready"], self[f"{name}__payload"]
        parts = {
            port.removeprefix(name): self[port] for port in self._ports if port.startswith(name)
        }
        valid, ready = parts.pop("valid"), parts.pop("ready")
        return valid, ready, JoinedPort(name, parts)

    def add(self, agent: Agent) -> None:
        """Let an agent act in every cycle from now on."""
        self._agents.append(agent)

    async def start(self) -> None:
        """Start the clock, if it does not run yet, and reset the unit, all its inputs 0."""
        for agent in self._agents:
            agent.reset()
        for port in self._inputs:
            port.set_bits(0)
        if self._reset is not None:
            self._reset.value = self._in_reset
        if self._clock is not None and not self._running:
            Clock(self._clock, PERIOD_NS, unit="ns", impl="gpi").start()
        self._running = True
        for _ in range(2):
            await self._half_of_next_cycle()
        if self._reset is not None:
            self._reset.value = 1 - self._in_reset

    async def step(self, cycles: int = 1) -> None:
        """Let some cycles pass."""
        for _ in range(cycles):
            for agent in self._agents:
                agent.drive()
            await ReadOnly()
            for agent in self._agents:
                agent.sample(self.cycle)
            self.cycle += 1
            await self._half_of_next_cycle()

    async def _half_of_next_cycle(self) -> None:
        if self._clock is None:
            await Timer(PERIOD_NS, "ns")
        else:
            await FallingEdge(self._clock)

    async def until(self, condition: Callable[[], bool], limit: int = DEFAULT_LIMIT) -> None:
        """Let cycles pass until a condition holds.

        Parameters
        ----------
        condition : callable
            Looked at between cycles, first before any passes.
        limit : int
            Cycles that may pass.

        Raises
        ------
        AssertionError
            The condition does not come to hold.
        """
        for _ in range(limit):
            if condition():
                return
            await self.step()
        assert condition(), f"nothing came within {limit} cycles, up to cycle {self.cycle}"


class Events(Agent):
    """Agent that records the values of some ports in the cycles in which another one is 1.

    Parameters
    ----------
    bench : Testbench
    enable : str
        Port of one bit that says when.
    *names : str
        Ports to record.

    Attributes
    ----------
    cycles : list of int
        When.
    values : list of tuple of int
        What, in the order of the names.
    """

    def __init__(self, bench: Testbench, enable: str, *names: str) -> None:
        self.cycles: list[int] = []
        self.values: list[tuple[int, ...]] = []
        self._enable = bench[enable]
        self._ports = [bench[name] for name in names]
        super().__init__(bench)

    def clear(self) -> None:
        """Forget what was recorded."""
        self.cycles.clear()
        self.values.clear()

    def sample(self, cycle: int) -> None:
        """Record the ports if it is the time."""
        if self._enable.bits:
            self.cycles.append(cycle)
            self.values.append(tuple(port.number for port in self._ports))
