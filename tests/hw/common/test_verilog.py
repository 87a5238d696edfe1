"""Generated Verilog; oracle: what a reader and a synthesis tool expect of it, and hand-made text."""

import re
from itertools import product

import pytest
from amaranth import Array, Cat, Module, Mux, Signal, signed
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.verilog import convert
from zskip.hw.eie.verilog import TOP_MODULE, array_verilog
from zskip.model.eie.config import NAMED, TINY, Config

CONFIGS = {
    **NAMED,
    **{f"{count} PEs": TINY.replace(pe_count=count) for count in (1, 2, 64)},
}


@pytest.fixture(scope="module", params=CONFIGS.values(), ids=CONFIGS)
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
    assert all(re.fullmatch(rf"{TOP_MODULE}(_[a-z_]+)?", name) for name in names)


def test_ports_do_not_depend_on_the_configuration(verilog: str, config: Config) -> None:
    def ports(text: str) -> dict[str, list[str]]:
        pattern = re.compile(r"^  (?:input|output) .*?(\w+),?$", re.MULTILINE)
        return {name: pattern.findall(body) for name, body in modules(text).items()}

    mine, usual = ports(verilog), ports(array_verilog(TINY))
    # Without the switches and the tree some modules are not there, and some numbers have no bits.
    for name in mine:
        assert set(mine[name]) <= set(usual[name])
        assert config.pe_count < 4 or mine[name] == usual[name]


def test_every_module_and_port_is_described(verilog: str) -> None:
    lines = verilog.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("module ") and "zskip_sram" not in line:
            assert lines[number - 1].startswith("//"), line
        if line.startswith(("  input ", "  output ")):
            assert lines[number - 1].startswith("  //"), line


def test_repeats_to_the_byte(verilog: str, config: Config) -> None:
    assert array_verilog(config) == verilog


def test_few_wires_have_no_name(verilog: str) -> None:
    assert len(re.findall(r"^  (?:wire|reg) .*\bt\d+;", verilog, re.MULTILINE)) < 25


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


EXPECTED = """\
// One of each thing that the writer knows.
//
// Stands for hardware.
module everything (
  // Clock; everything happens at its rising edge.
  input wire clk,
  // Synchronous reset, active high.
  input wire rst,
  // Operands.
  input wire [3:0] a,
  // Operands.
  input wire [3:0] b,
  // A mixture.
  output reg [7:0] o
);
"""
