"""Ports of a module; oracle: the declarations in its Verilog."""

import re

from zskip.hw.common.block import block_signature
from zskip.hw.common.docstrings import section
from zskip.hw.common.ports import module_ports
from zskip.hw.eie.array import EieArray
from zskip.hw.eie.names import TOP_MODULE
from zskip.hw.eie.verilog import array_verilog
from zskip.model.eie.config import TINY


def test_ports_are_those_of_the_verilog() -> None:
    top = array_verilog(TINY).partition(f"module {TOP_MODULE} (")[2].partition("\n);")[0]
    pattern = re.compile(r"^  (input|output) (?:wire|reg) (?:\[(\d+):0\] )?(\w+),?$", re.MULTILINE)
    declared = {
        (name, direction, int(high or 0) + 1) for direction, high, name in pattern.findall(top)
    }
    ports = module_ports(EieArray, block_signature())
    assert {(port.name, port.direction, port.bits) for port in ports} == declared
    assert len(ports) == len(declared)


def test_every_port_is_described() -> None:
    ports = {port.name: port.meaning for port in module_ports(EieArray, block_signature())}
    assert all(ports.values())
    assert ports["busy"] == "A run is under way, or was refused in the cycle before."
    assert ports["o__payload"].endswith("It has `data` in bits 63:0 and `last` in bit 64.")


class Sample:
    """A class to describe.

    Parameters
    ----------
    first, second : int
        Two at
        once.
    third : str
        With a colon : inside.

    Members
    -------
    port : Out(1)
        A port.

    Notes
    -----
    nothing : here
        Of interest.
    """


class Bare:
    pass


def test_sections_of_a_docstring() -> None:
    assert section(Sample, "Parameters") == {
        "first": "Two at once.",
        "second": "Two at once.",
        "third": "With a colon : inside.",
    }
    assert section(Sample, "Members") == {"port": "A port."}
    assert section(Sample, "Raises") == {}
    assert section(Bare, "Members") == {}
