"""The Verilog of random modules; oracle: Amaranth's simulator, cycle by cycle."""

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from amaranth import Array, Cat, ClockDomain, Const, Module, Mux, ResetInserter, Signal, Value
from amaranth.hdl import Shape
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from zskip.hw.common.verilog import convert
from zskip.verif.common.tools import icarus_environment

WIDEST = 40
CYCLES = 32


class Expressions:
    """Draws random expressions over some values."""

    def __init__(self, rng: random.Random, values: list[Value]) -> None:
        self.rng = rng
        self.values = values

    def bit(self) -> Value:
        """Draw a condition."""
        return self.draw(2).bool() if self.rng.random() < 0.5 else self.leaf()[:1]

    def small(self) -> Value:
        """Draw an amount of a shift."""
        return self.draw(1).as_unsigned()[: self.rng.randint(1, 4)]

    def leaf(self) -> Value:
        """Draw a value, or a constant."""
        if self.rng.random() < 0.15:
            shape = random_shape(self.rng)
            return Const(self.rng.getrandbits(shape.width), shape)
        return self.rng.choice(self.values)

    def draw(self, depth: int) -> Value:
        """Draw an expression."""
        if depth == 0 or self.rng.random() < 0.1:
            return self.leaf()
        a, b = self.draw(depth - 1), self.draw(depth - 1)
        drawn = self.rng.choice(OPERATORS)(self, a, b)
        if not len(drawn):
            return a
        return drawn if len(drawn) <= WIDEST else drawn[:WIDEST]


def _slice(draw: Expressions, a: Value, _: Value) -> Value:
    low, high = sorted(draw.rng.randint(0, len(a)) for _ in range(2))
    return a[low:high] if low < high else a


def plain(value: Value) -> Value:
    """Return a value whose bits the simulator extends as Amaranth documents it."""
    return value if isinstance(value, Signal) else Cat(value)


OPERATORS: list[Callable[[Expressions, Value, Value], Value]] = [
    lambda _, a, b: a + b,
    lambda _, a, b: a - b,
    lambda _, a, b: a * b,
    lambda _, a, b: a // b,
    lambda _, a, b: a % b,
    lambda d, a, _: a // (d.rng.randint(1, 9) * d.rng.choice((1, -1))),
    lambda d, a, _: a % (d.rng.randint(1, 9) * d.rng.choice((1, -1))),
    lambda d, a, _: a * d.rng.randint(-9, 9),
    lambda _, a, b: a & b,
    lambda _, a, b: a | b,
    lambda _, a, b: a ^ b,
    lambda _, a, b: a < b,
    lambda _, a, b: a <= b,
    lambda _, a, b: a > b,
    lambda _, a, b: a >= b,
    lambda _, a, b: a == b,
    lambda _, a, b: a != b,
    lambda d, a, b: Mux(d.bit(), a, b),
    lambda _, a, b: Cat(a, b),
    lambda d, a, _: a << d.small(),
    lambda d, a, _: a >> d.small(),
    lambda d, a, _: a.shift_right(d.rng.randint(0, 50)),
    lambda d, a, _: a.shift_left(d.rng.randint(0, 9)),
    lambda d, a, _: a.rotate_left(d.rng.randint(0, 9)),
    lambda d, a, _: a >> d.rng.randint(0, 50),
    lambda d, a, b: plain(a).bit_select(b.as_unsigned()[:4], d.rng.randint(1, len(a))),
    lambda d, a, b: plain(a).word_select(b.as_unsigned()[:3], d.rng.randint(1, len(a))),
    lambda d, a, b: Array([a, b, d.leaf()])[d.small()],
    lambda d, a, _: a.matches(*{random_pattern(d.rng, len(a)) for _ in range(2)}),
    lambda d, a, _: a.replicate(d.rng.randint(1, 3)),
    _slice,
    lambda _, a, __: abs(a),
    lambda _, a, __: -a,
    lambda _, a, __: ~a,
    lambda _, a, __: a.any(),
    lambda _, a, __: a.all(),
    lambda _, a, __: a.xor(),
    lambda _, a, __: a.as_signed(),
    lambda _, a, __: a.as_unsigned(),
]


def random_shape(rng: random.Random) -> Shape:
    """Draw a shape, mostly narrow."""
    width = rng.choice((1, 1, 2, 3, 4, 5, 8, 13, 24, rng.randint(1, WIDEST)))
    return Shape(width, signed=rng.random() < 0.4)


def random_pattern(rng: random.Random, width: int) -> str:
    """Draw a pattern with few bits that matter."""
    return "".join(rng.choice("01-----") for _ in range(width))


class Statements:
    """Adds random statements to a module."""

    def __init__(self, m: Module, draw: Expressions) -> None:
        self.m, self.draw, self.rng = m, draw, draw.rng

    def target(self, signal: Signal) -> Value:
        """Draw a signal or a part of it."""
        kind = self.rng.random()
        if kind < 0.6 or len(signal) < 2:
            return signal
        if kind < 0.75:
            return signal.bit_select(self.draw.small(), self.rng.randint(1, len(signal)))
        return _slice(self.draw, signal, signal)

    def body(self, domain: Any, signals: list[Signal], depth: int) -> None:
        """Add statements, one inside the other."""
        for _ in range(self.rng.randint(1, 2)):
            kind = self.rng.random() if depth else 0
            if kind < 0.4:
                domain += self.target(self.rng.choice(signals)).eq(self.draw.draw(2))
            elif kind < 0.7:
                with self.m.If(self.draw.bit()):
                    self.body(domain, signals, depth - 1)
                with self.m.Elif(self.draw.bit()):
                    self.body(domain, signals, depth - 1)
                if self.rng.random() < 0.5:
                    with self.m.Else():
                        self.body(domain, signals, depth - 1)
            else:
                self.switch(domain, signals, depth)

    def switch(self, domain: Any, signals: list[Signal], depth: int) -> None:
        """Add a switch whose cases overlap."""
        value = self.draw.draw(1)[:4]
        with self.m.Switch(value):
            for _ in range(self.rng.randint(1, 4)):
                if self.rng.random() < 0.5:
                    patterns = [random_pattern(self.rng, len(value)) for _ in range(2)]
                else:
                    patterns = [
                        f"{self.rng.randrange(1 << len(value)):0{len(value)}b}" for _ in range(2)
                    ]
                with self.m.Case(*patterns):
                    self.body(domain, signals, depth - 1)
            if self.rng.random() < 0.5:
                with self.m.Default():
                    self.body(domain, signals, depth - 1)


class Random(wiring.Component):
    """A module of random registers, signals, memories and operators."""

    def __init__(self, seed: int, depth: int = 1) -> None:
        self._rng = rng = random.Random(seed)
        self._depth = depth
        ports = {f"i{n}": In(random_shape(rng)) for n in range(4)}
        super().__init__(ports | {f"o{n}": Out(random_shape(rng)) for n in range(4)})

    def elaborate(self, platform: object) -> Module:
        m, rng = Module(), self._rng
        inputs = [getattr(self, f"i{n}") for n in range(4)]
        registers = [self._register(n) for n in range(3)]
        draw = Expressions(rng, [*inputs, *registers])
        for n in range(rng.randint(0, 2)):
            draw.values += self._memory(m, draw, n)
        if self._depth and rng.random() < 0.4:
            draw.values += self._part(m, draw)
        draw.values += self._mixed(m, draw)
        for n in range(2):
            shape = random_shape(rng)
            signal = Signal(shape, name=f"c{n}", init=rng.choice((0, -1 if shape.signed else 1)))
            Statements(m, draw).body(m.d.comb, [signal], 2)
            draw.values.append(signal)
        Statements(m, draw).body(m.d.sync, registers, 2)
        for n in range(4):
            m.d.comb += getattr(self, f"o{n}").eq(draw.draw(3))
        return m

    def _register(self, number: int) -> Signal:
        shape = random_shape(self._rng)
        low = -(1 << shape.width - 1) if shape.signed else 0
        init = self._rng.getrandbits(shape.width) + low
        reset_less = self._rng.random() < 0.3
        return Signal(shape, name=f"r{number}", init=init, reset_less=reset_less)

    def _memory(self, m: Module, draw: Expressions, number: int) -> list[Value]:
        """Add a memory with ports of all kinds whose writes never meet."""
        rng = self._rng
        lane, lanes, bits = rng.randint(1, 6), rng.randint(1, 3), rng.randint(1, 3)
        words = [rng.getrandbits(lane * lanes) for _ in range(rng.randint(0, 1 << bits))]
        store = memory.Memory(shape=lane * lanes, depth=1 << bits, init=words)
        m.submodules[f"store{number}"] = store
        writes = [store.write_port(granularity=lane) for _ in range(rng.randint(1, 2))]
        for place, port in enumerate(writes):
            m.d.comb += [
                port.addr.eq(Cat(Const(place, 1), draw.draw(1))),
                port.data.eq(draw.draw(2)),
                port.en.eq(draw.draw(1)),
            ]
        chosen = [port for port in writes if rng.random() < 0.5]
        reads = [
            store.read_port(domain="comb"),
            store.read_port(),
            store.read_port(transparent_for=chosen),
        ]
        for port in reads:
            m.d.comb += port.addr.eq(draw.draw(1))
            if isinstance(port.en, Signal):
                m.d.comb += port.en.eq(draw.bit())
                # The Verilog of Amaranth does not reset it; its simulator does.
                data: Any = port.data
                data._reset_less = True
        return [port.data for port in reads]

    def _part(self, m: Module, draw: Expressions) -> list[Value]:
        """Add a module inside, perhaps with a reset of its own."""
        inner: Any = Random(self._rng.getrandbits(32), depth=0)
        reset = Signal(name="part_reset")
        m.d.comb += reset.eq(draw.bit())
        m.submodules.part = ResetInserter(reset)(inner) if self._rng.random() < 0.5 else inner
        m.d.comb += [getattr(inner, f"i{n}").eq(draw.draw(2)) for n in range(4)]
        return [getattr(inner, f"o{n}") for n in range(4)]

    def _mixed(self, m: Module, draw: Expressions) -> list[Value]:
        """Add a signal whose bits are registers and logic that reads its other bits."""
        mixed = Signal(6, name="mixed", init=self._rng.getrandbits(6))
        m.d.sync += mixed[2:4].eq(draw.draw(2))
        m.d.comb += mixed[0].eq(mixed[1] ^ mixed[3])
        with m.If(draw.bit()):
            m.d.comb += mixed[1].eq(~mixed[2])
        m.d.comb += mixed[4:].eq(Cat(mixed[5] & draw.bit(), mixed[3]))
        return [mixed]


BENCH = """
module bench{number};
  reg clk = 0;
  reg [{bits}:0] inputs [0:{last}];
  reg [{bits}:0] now;
  {wires}
  integer cycle;
  {name} unit ({ports});
  initial begin
    $readmemh("{path}", inputs);
    for (cycle = 0; cycle <= {last}; cycle = cycle + 1) begin
      now = inputs[cycle];
      #1 $display("{number} %b", {{{outputs}}});
      clk = 1;
      #1 clk = 0;
    end
  end
endmodule
"""


def stimulus(unit: wiring.Component, seed: int) -> list[dict[str, int]]:
    """Draw inputs of each cycle, and the reset."""
    rng = random.Random(seed)
    inputs = [getattr(unit, f"i{n}") for n in range(4)]
    return [
        {signal.name: rng.getrandbits(len(signal)) * (rng.random() < 0.9) for signal in inputs}
        | {"rst": int(rng.random() < 0.05)}
        for _ in range(CYCLES)
    ]


def simulated(seed: int) -> list[int]:
    """Return what Amaranth's simulator gives in each cycle."""
    unit = Random(seed)
    m = Module()
    domain: Any = ClockDomain("sync")
    m.domains.sync = domain
    m.submodules.unit = unit
    together = Signal(sum(len(getattr(unit, f"o{n}")) for n in range(4)))
    m.d.comb += together.eq(Cat(getattr(unit, f"o{n}") for n in range(4)))
    outputs = []

    async def bench(context: Any) -> None:
        for values in stimulus(unit, seed):
            for name, value in values.items():
                signal = domain.rst if name == "rst" else getattr(unit, name)
                context.set(signal.as_unsigned(), value)
            outputs.append(context.get(together))
            await context.tick()

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return outputs


def verilog(seed: int, number: int, folder: Path) -> str:
    """Return the Verilog of a module, and of a bench that prints its outputs."""
    unit = Random(seed)
    text = convert(unit, f"unit{number}")
    header = text[text.index(f"module unit{number} (") :].partition(");")[0]
    rows, places, bits = stimulus(unit, seed), [], 0
    sizes = {name: len(getattr(unit, name)) if name != "rst" else 1 for name in rows[0]}
    for name, size in sizes.items():
        if f" {name}," in header or f" {name}\n" in header:
            places.append(f".{name}(now[{bits + size - 1}:{bits}])")
        bits += size
    path = folder / f"{number}.hex"
    lines = []
    for row in rows:
        packed = "".join(f"{row[name]:0{sizes[name]}b}" for name in reversed(sizes))
        lines.append(f"{int(packed, 2):x}\n")
    path.write_text("".join(lines))
    outputs = {f"o{n}": len(getattr(unit, f"o{n}")) for n in range(4)}
    clock = [".clk(clk)"] if " clk" in header else []
    bench = BENCH.format(
        number=number,
        bits=bits - 1,
        last=CYCLES - 1,
        wires=" ".join(f"wire [{size - 1}:0] {name};" for name, size in outputs.items()),
        name=f"unit{number}",
        ports=", ".join([*clock, *places, *(f".{name}({name})" for name in outputs)]),
        path=path,
        outputs=", ".join(reversed(outputs)),
    )
    return text + bench


def icarus(seeds: list[int], folder: Path) -> list[list[str]]:
    """Return what the Verilog of each module gives in each cycle."""
    source, program = folder / "units.v", folder / "program"
    source.write_text("".join(verilog(seed, n, folder) for n, seed in enumerate(seeds)))
    tops = [word for number in range(len(seeds)) for word in ("-s", f"bench{number}")]
    environment = os.environ | icarus_environment()
    command: list[Any] = ["iverilog", "-g2005", *tops, "-o", program, source]
    for words in (command, ["vvp", program]):
        run = subprocess.run(words, capture_output=True, check=False, env=environment, text=True)
        assert run.returncode == 0, run.stderr + run.stdout
    outputs: list[list[str]] = [[] for _ in seeds]
    for line in run.stdout.splitlines():
        number, value = line.split()
        outputs[int(number)].append(value)
    return outputs


def compare(seeds: list[int], folder: Path) -> None:
    """Compare both simulators."""
    for seed, outputs in zip(seeds, icarus(seeds, folder), strict=True):
        expected = [f"{value:0{len(outputs[0])}b}" for value in simulated(seed)]
        assert outputs == expected, f"module {seed}"


def test_random_modules(seed: int, tmp_path: Path) -> None:
    compare(list(range(seed * 24, seed * 24 + 24)), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("group", range(10))
def test_many_random_modules(group: int, seed: int, tmp_path: Path) -> None:
    compare([(seed + 1) * 10**6 + group * 100 + number for number in range(100)], tmp_path)
