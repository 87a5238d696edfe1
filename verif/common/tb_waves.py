"""Bench that shows what happens at the ports of a block behind AXI, a scene behind the other."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cocotb
from cocotb.handle import HierarchyObject

from zskip.model.common.bitfields import unpack
from zskip.model.common.registers import BY_NAME, REGISTERS
from zskip.model.common.stream import LOAD_HEADER, RESULT_HEADER, ErrorCode
from zskip.verif.common.axi_host import AxiHost
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Agent, Testbench
from zskip.verif.common.wave_drawing import Trace, drawing

AROUND = 2
"""Cycles in front of a scene and behind it."""

LITE = {"aw": ("addr",), "w": ("data",), "b": ("resp",), "ar": ("addr",), "r": ("data", "resp")}
"""Channels of AXI4-Lite, and what of them is shown."""


class Stream:
    """Names for the words of a stream of packets, as they come."""

    def __init__(self, header: Any) -> None:
        self._header = header
        self.left: int | None = None
        self.count = 0

    @property
    def label(self) -> str:
        """What the word is that is offered."""
        if self.left is None:
            return "header"
        return f"word {self.count}" if self.left else "surplus"

    def take(self, word: int, last: int) -> None:
        """Go on to the next word."""
        if self.left is None:
            self.left, self.count = unpack(self._header, word)["words"], 0
        elif self.left:
            self.left, self.count = self.left - 1, self.count + 1
        if last:
            self.left = None


class Recorder(Agent):
    """Agent that records what the channels show in every cycle."""

    def __init__(self, bench: Testbench) -> None:
        super().__init__(bench)
        self.cycles: list[dict[str, Any]] = []
        self._streams = {"s_axis": Stream(LOAD_HEADER), "m_axis": Stream(RESULT_HEADER)}
        self._registers = {register.offset: register.name for register in REGISTERS}

    def sample(self, cycle: int) -> None:
        """Record a cycle."""
        seen: dict[str, Any] = {"irq": self.bench["irq"].bits, "taken": set()}
        for name, stream in self._streams.items():
            if self._flags(seen, f"{name}_t", name):
                seen[f"{name}_tdata"] = stream.label
                seen[f"{name}_tlast"] = self.bench[f"{name}_tlast"].bits
                if name in seen["taken"]:
                    stream.take(self.bench[f"{name}_tdata"].bits, seen[f"{name}_tlast"])
        for channel, parts in LITE.items():
            name = f"s_axil_{channel}"
            if self._flags(seen, name, name):
                for part in parts:
                    value = self.bench[name + part].bits
                    known = self._registers.get(value) if part == "addr" else None
                    seen[name + part] = known or f"{value:#x}"
        self.cycles.append(seen)

    def _flags(self, seen: dict[str, Any], prefix: str, name: str) -> bool:
        """Record the handshake of a channel; return whether something is offered."""
        valid, ready = (self.bench[f"{prefix}{flag}"].bits for flag in ("valid", "ready"))
        seen |= {f"{prefix}valid": valid, f"{prefix}ready": ready}
        if valid and ready:
            seen["taken"].add(name)
        return bool(valid)

    def draw(self, title: str, first: int) -> Any:
        """Return the drawing of the cycles from some one on."""
        cycles = self.cycles[first:]
        groups = [
            (channel, [self._trace(cycles, channel, part) for part in self._parts(channel)])
            for channel in ("s_axis", *(f"s_axil_{name}" for name in LITE), "m_axis")
            if any(cycle[f"{self._prefix(channel)}valid"] for cycle in cycles)
        ]
        groups.append(("", [Trace("irq", [c["irq"] for c in cycles], [False] * len(cycles))]))
        return drawing(title, "aclk", groups)

    def _prefix(self, channel: str) -> str:
        """Return what the names of a channel's signals begin with."""
        return f"{channel}_t" if channel in self._streams else channel

    def _parts(self, channel: str) -> tuple[str, ...]:
        """Return the signals of a channel."""
        if channel in self._streams:
            return "valid", "ready", "data", "last"
        return "valid", "ready", *LITE[channel.removeprefix("s_axil_")]

    def _trace(self, cycles: list[dict[str, Any]], channel: str, part: str) -> Trace:
        """Return what is drawn of a signal."""
        name = self._prefix(channel) + part
        taken = [False, *(channel in cycle["taken"] for cycle in cycles[:-1])]
        begins = taken if part in ("data", "addr", "resp") else [False] * len(cycles)
        return Trace(name, [cycle.get(name) for cycle in cycles], begins)


class Scenes:
    """A block that is driven for drawings."""

    def __init__(self, dut: HierarchyObject) -> None:
        given = current_stimulus()
        self.target = Path(given["drawings"])
        self.stimulus = BlockStimulus.open(Path(given["path"]))
        self.host = AxiHost(dut)
        self.recorder = Recorder(self.host.bench)

    @contextmanager
    def scene(self, name: str, title: str) -> Iterator[None]:
        """Draw what happens meanwhile."""
        first = len(self.recorder.cycles)
        yield
        text = json.dumps(self.recorder.draw(title, first), indent=1)
        (self.target / f"{name}.json").write_text(text + "\n")

    async def pause(self) -> None:
        """Let nothing happen for a while."""
        await self.host.bench.step(AROUND)

    async def load(self, words: list[int]) -> None:
        """Send packets, and let them arrive."""
        self.host.send(words)
        await self.host.sent()
        await self.host.bench.step(20)

    async def error(self, code: ErrorCode) -> None:
        """Wait for the interrupt of an error, and ask for its code."""
        await self.host.interrupted(1000)
        assert (await self.host.fields("ERROR"))["code"] == code
        await self.pause()

    async def again(self) -> None:
        """Make an end of what was, and of its interrupt."""
        await self.host.write("CONTROL", abort=1)
        await self.host.bench.step(40)
        await self.host.write_at(BY_NAME["IRQ_CAUSE"].offset, 3)
        self.host.received()


@cocotb.test()
async def a_run(dut: HierarchyObject) -> None:
    """Load, start, run and read-out; an abort."""
    scenes = Scenes(dut)
    host, vector = scenes.host, scenes.stimulus.inputs[0]
    await host.bench.start()
    await host.write("IRQ_ENABLE", done=1, error=1)
    await scenes.load(scenes.stimulus.load)
    with scenes.scene("load", "load: a packet with an input vector"):
        await scenes.pause()
        host.send(vector)
        await host.sent()
        await scenes.pause()
    with scenes.scene("start", "start: by a write to CONTROL; STATUS tells that the block is busy"):
        await scenes.pause()
        await host.write("CONTROL", start=1)
        assert (await host.fields("STATUS"))["busy"]
        await scenes.pause()
    host.sink.pause("seldom")
    with scenes.scene("run", "run and read-out: a result packet, and the interrupt behind it"):
        await host.interrupted(1000)
        await scenes.pause()
    await host.write("IRQ_CAUSE", done=1)
    host.sink.pause("never")
    host.received()
    await scenes.load(vector)
    await host.write("CONTROL", start=1)
    host.sink.pause("always")
    await host.bench.until(lambda: bool(host.bench["m_axis_tvalid"].bits))
    host.sink.pause("seldom")
    await host.bench.until(lambda: bool(host.sink.items))
    host.sink.pause("always")
    with scenes.scene("abort", "abort: a result packet that has begun gets a last word of 0"):
        await scenes.pause()
        await host.write("CONTROL", abort=1)
        await host.bench.step(8)
        host.sink.pause("never")
        await host.bench.step(6)


@cocotb.test()
async def packets_that_are_refused(dut: HierarchyObject) -> None:
    """Errors that a load packet makes."""
    scenes = Scenes(dut)
    host, vector = scenes.host, scenes.stimulus.inputs[0]
    await host.bench.start()
    await host.write("IRQ_ENABLE", done=1, error=1)
    bad = next(
        words
        for words, code in scenes.stimulus.bad
        if code == ErrorCode.RANGE and len(words) == 1 + unpack(LOAD_HEADER, words[0])["words"] > 2
    )
    with scenes.scene("range", "RANGE, and in the same way TARGET and PE: the packet is dropped"):
        await scenes.pause()
        host.send(bad)
        await scenes.error(ErrorCode.RANGE)
    await scenes.again()
    with scenes.scene("early_last", "EARLY_LAST: a word is missing"):
        await scenes.pause()
        host.send_beats(vector[:-1], [len(vector) - 2])
        await scenes.error(ErrorCode.EARLY_LAST)
    await scenes.again()
    with scenes.scene("late_last", "LATE_LAST: words up to the last one are dropped"):
        await scenes.pause()
        host.send_beats([*vector, 0, 0], [len(vector) + 1])
        await scenes.error(ErrorCode.LATE_LAST)


@cocotb.test()
async def starts_that_are_refused(dut: HierarchyObject) -> None:
    """Errors that a start makes."""
    scenes = Scenes(dut)
    host, stimulus = scenes.host, scenes.stimulus
    vector = stimulus.inputs[0]
    await host.bench.start()
    await host.write("IRQ_ENABLE", done=0, error=1)
    await scenes.load(stimulus.load)
    with scenes.scene("input", "INPUT: a start without an input vector"):
        await scenes.pause()
        await host.write("CONTROL", start=1)
        await scenes.error(ErrorCode.INPUT)
    await scenes.again()
    host.send_beats(vector[:-1], [])
    await host.sent()
    with scenes.scene("start_refused", "START: a start in the middle of a packet"):
        await scenes.pause()
        await host.write("CONTROL", start=1)
        await scenes.error(ErrorCode.START)
    host.send_beats(vector[-1:], [0])
    await host.sent()
    await scenes.again()
    words, _, code = next(run for run in stimulus.refused if run[1] == 0)
    assert code == ErrorCode.PROGRAM
    await scenes.load(words)
    await scenes.load(vector)
    with scenes.scene("program", "PROGRAM, and in the same way METADATA of N:M: the run ends"):
        await scenes.pause()
        await host.write("CONTROL", start=1)
        await scenes.error(ErrorCode.PROGRAM)
