"""Generated Verilog; oracle: Amaranth's simulator, and what a reader expects."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amaranth import Array, Cat, Module, Mux, Signal, signed
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from zskip.hw.common.verilog import convert
from zskip.hw.eie.names import TOP_MODULE
from zskip.hw.eie.verilog import array_verilog
from zskip.model.eie.config import NAMED, TINY, TUNED, Config
from zskip.verif.common.tools import icarus_environment

CONFIGS = {
    **{name: config.replace(pe_count=min(config.pe_count, 8)) for name, config in NAMED.items()},
    **{f"{count} PEs": TINY.replace(pe_count=count) for count in (1, 2, 64)},
    "groups": TUNED.replace(pe_count=8, broadcast_groups=1),
}


@pytest.fixture(scope="module", params=CONFIGS.values(), ids=list(CONFIGS))
def config(request: pytest.FixtureRequest) -> Config:
    """Every test looks at several arrays."""
    return request.param


@pytest.fixture(scope="module")
def verilog(config: Config) -> str:
    """Verilog of an array."""
    return array_verilog(config)


def modules(verilog: str) -> dict[str, str]:
    """Text of each module, its comments left out."""
    code = re.sub(r"//.*", "", verilog)
    return {
        match[1]: match[0]
        for match in re.finditer(r"^module (\S+).*?^endmodule", code, re.MULTILINE | re.DOTALL)
    }


def test_names_are_plain(verilog: str) -> None:
    generated = "".join(text for name, text in modules(verilog).items() if name != "zskip_sram")
    assert not set("$\\") & set(generated.replace("$signed", ""))
    assert "[-1:" not in verilog
    names = set(modules(verilog)) - {"zskip_sram"}
    assert all(re.fullmatch(rf"{TOP_MODULE}(_[a-z_]+)?(_\d)?", name) for name in names)


def test_ports_depend_on_the_units_alone(verilog: str, config: Config) -> None:
    def ports(text: str) -> dict[str, list[str]]:
        pattern = re.compile(r"^  (?:input|output) .*?(\w+),?$", re.MULTILINE)
        return {name: pattern.findall(body) for name, body in modules(text).items()}

    units = ("lanes", "grouped_pointers", "spmat_banks", "broadcast_rounds", "broadcast_groups")
    switches = {name: getattr(config, name) for name in units}
    full = ports(array_verilog(CONFIGS["64 PEs"].replace(**switches)))
    mine = ports(verilog)
    for name in mine:
        assert set(mine[name]) <= set(full[name])
        # Where there are few PEs, some numbers have no bits.
        assert config.pe_count < 64 or mine[name] == full[name]


def test_every_module_and_port_is_described(verilog: str) -> None:
    lines = verilog.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("module ") and "zskip_sram" not in line:
            assert lines[number - 1].startswith("//"), line
        if line.startswith(("  input ", "  output ")):
            assert lines[number - 1].startswith("  //"), line


def test_repeats_to_the_byte(verilog: str, config: Config) -> None:
    assert array_verilog(config) == verilog


def test_few_wires_have_no_name(verilog: str, config: Config) -> None:
    wires = re.findall(r"^  (?:wire|reg) .*?(\w+);", verilog, re.MULTILINE)
    unnamed = [name for name in wires if re.fullmatch(r"t\d+", name)]
    # Lanes join what many banks give, broadcasts of groups what many lanes of words do.
    assert len(unnamed) < len(wires) / (5 if config.lanes > 1 or config.in_groups else 10)


class Everything(wiring.Component):
    """One of each thing that the writer knows.

    Stands for hardware.

    Members
    -------
    a, b : In
        Operands.
    o : Out(8)
        A mixture.
    """

    a: Signal
    b: Signal
    o: Signal

    def __init__(self) -> None:
        super().__init__({"a": In(4), "b": In(signed(4)), "o": Out(8)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.words = words = memory.Memory(shape=4, depth=4, init=[])
        w_port, r_port = words.write_port(), words.read_port(domain="comb")
        low = Signal(8)
        m.d.comb += [
            w_port.en.eq(self.a.any()),
            w_port.addr.eq(self.a),
            w_port.data.eq(self.b),
            r_port.addr.eq(self.a[2:]),
            low.eq((self.a + 3)[:4] * 5 - (self.b << self.a[:2])),
        ]
        with m.If(self.a > 3):
            m.d.sync += self.o.eq(Mux(self.b < -1, low, Cat(r_port.data, self.b >> self.a[:1])))
        with m.Elif(self.b == -1):
            m.d.sync += self.o[2:5].eq(Array([self.a, self.b, low])[self.a[1:3]])
        with m.Switch(self.a):
            with m.Case("1--0", "0001"):
                m.d.sync += self.o[7].eq(~self.b.all())
            with m.Case(8):
                m.d.sync += self.o.eq(low.word_select(self.a[0], 4))
        return m


BENCH = """
module bench;
  reg clk = 0, rst = 0;
  reg [3:0] a, b;
  reg [7:0] inputs [0:{last}];
  wire [7:0] o;
  integer cycle;
  everything everything (.clk(clk), .rst(rst), .a(a), .b(b), .o(o));
  initial begin
    $readmemh("{inputs}", inputs);
    for (cycle = 0; cycle <= {last}; cycle = cycle + 1) begin
      {{b, a}} = inputs[cycle];
      #1 clk = 1;
      #1 $display("%h", o);
      clk = 0;
    end
  end
endmodule
"""


def icarus(inputs: list[int], folder: Path) -> list[int]:
    """Return what the Verilog gives for the inputs of each cycle, `b` above `a`."""
    (folder / "inputs.hex").write_text("".join(f"{value:02x}\n" for value in inputs))
    bench = BENCH.format(last=len(inputs) - 1, inputs=folder / "inputs.hex")
    source, program = folder / "everything.v", folder / "program"
    source.write_text(convert(Everything(), "everything") + bench)
    environment = os.environ | icarus_environment()
    for command in (["iverilog", "-g2005", "-o", program, source], ["vvp", program]):
        run = subprocess.run(command, capture_output=True, check=True, env=environment, text=True)
    return [int(line, 16) for line in run.stdout.split()]


def amaranth(inputs: list[int]) -> list[int]:
    """Return what Amaranth's simulator gives."""
    unit = Everything()
    outputs = []

    async def bench(context: Any) -> None:
        for value in inputs:
            context.set(unit.a, value & 15)
            context.set(unit.b, value >> 4)
            await context.tick()
            outputs.append(context.get(unit.o))

    simulator = Simulator(unit)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return outputs


def test_does_what_amaranth_says(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    inputs = np.concatenate((np.arange(256), rng.integers(256, size=2000))).tolist()
    assert icarus(inputs, tmp_path) == amaranth(inputs)
