"""Files that take a block into a system: cores, components, constraints, an instance to copy."""

from collections.abc import Sequence

from zskip.files.drop.ip_xact import ip_xact
from zskip.files.drop.system_rdl import system_rdl
from zskip.hw.common.ports import Port
from zskip.model.common.config import EngineConfig
from zskip.model.common.version import VERSION

PERIOD_NS = 10.0
"""Clock period of the constraints, to be replaced by the system's."""


def integration_files(
    name: str, top: str, config: EngineConfig, ports: Sequence[Port]
) -> dict[str, bytes]:
    """Return the files of a block for the tools of a system.

    Parameters
    ----------
    name : str
        Name of the Verilog file and the waivers, without suffix.
    top : str
        Verilog module at the top.
    config : EngineConfig
        The hardware.
    ports : sequence of Port
        Ports of the top.

    Returns
    -------
    dict of str to bytes
        By path inside the drop: a core of FuseSoC, an IP-XACT component, which is an IP of Vivado,
        SystemRDL, constraints as SDC and XDC, and an instance in Verilog.
    """
    source = f"{name}.v"
    return {
        f"{top}.core": _core(name, top, config).encode(),
        "component.xml": ip_xact(top, config, ports, [source], VERSION),
        f"{top}.rdl": system_rdl(f"{top}_registers", config).encode(),
        f"{top}.sdc": _constraints(ports).encode(),
        f"{top}.xdc": _constraints(ports).encode(),
        f"{top}_instance.v": _instance(top, ports).encode(),
    }


def _core(name: str, top: str, config: EngineConfig) -> str:
    """Return a core of FuseSoC, of targets for use, lint and simulation."""
    return f"""\
CAPI=2:
name: zskip:accelerators:{top}:{VERSION}
description: "{top} of {config.size}"

filesets:
  rtl:
    files: [{name}.v]
    file_type: verilogSource
  waivers:
    files: [{name}.vlt]
    file_type: vlt

targets:
  default:
    filesets: [rtl]
    toplevel: {top}
  lint:
    flow: lint
    flow_options:
      tool: verilator
      verilator_options: [-Wall, --timescale, 1ns/1ps]
    filesets: [waivers, rtl]
    toplevel: {top}
"""


def _constraints(ports: Sequence[Port]) -> str:
    """Return the clock, and half of its period for what is outside of the ports."""
    lines = [
        f"# {PERIOD_NS} ns: replace it by the clock of the system. Every output comes from a",
        "# register; aresetn is taken over at rising edges of aclk, as all other inputs.",
        f"create_clock -name aclk -period {PERIOD_NS} [get_ports aclk]",
    ]
    for port in ports:
        if port.name != "aclk":
            pattern = f"{port.name}[*]" if port.bits > 1 else port.name
            kind = "input" if port.direction == "input" else "output"
            lines.append(f"set_{kind}_delay -clock aclk {PERIOD_NS / 2} [get_ports {{{pattern}}}]")
    return "\n".join([*lines, ""])


def _instance(top: str, ports: Sequence[Port]) -> str:
    """Return wires and an instance to copy into a system."""
    wires = [
        f"  wire {f'[{port.bits - 1}:0] ' if port.bits > 1 else ''}{port.name};" for port in ports
    ]
    connected = [f"      .{port.name}({port.name})" for port in ports]
    return "\n".join([*wires, "", f"  {top} accelerator (", ",\n".join(connected), "  );", ""])
