"""The cells of each family of FPGAs, by the names that Yosys has for them.

Those of the falling edge of a clock are left out, which no design has.
"""

from zskip.synth.fpga.family import Family
from zskip.synth.fpga.resources import Cells

ECP5_CELLS = Cells(
    resources={
        # An adder of two bits takes both LUTs of a slice, 16 words of 4 bits those of two slices.
        "LUT": {"LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 4},
        "LUT RAM": {"TRELLIS_DPR16X4": 4},
        "FF": {"TRELLIS_FF": 1},
        "block RAM": {"DP16KD": 1, "PDPW16KD": 1},
        "DSP": {"MULT18X18D": 1},
    },
    # Multiplexers that a slice has behind its LUTs.
    free=frozenset({"PFUMX", "L6MUX21"}),
    memories=frozenset({"TRELLIS_DPR16X4", "DP16KD", "PDPW16KD"}),
)

ICE40 = Family(
    "ice40",
    "synth_ice40",
    Cells(
        resources={
            "LUT": {"SB_LUT4": 1},
            "FF": {
                f"SB_DFF{enable}{reset}": 1
                for enable in ("", "E")
                for reset in ("", "R", "S", "SR", "SS")
            },
            "block RAM": {"SB_RAM40_4K": 1},
        },
        # The carry stands beside the LUT of its bit.
        free=frozenset({"SB_CARRY"}),
        memories=frozenset({"SB_RAM40_4K"}),
    ),
)

GOWIN = Family(
    "gowin",
    "synth_gowin",
    Cells(
        resources={
            "LUT": {"LUT1": 1, "LUT2": 1, "LUT3": 1, "LUT4": 1, "ALU": 1, "RAM16SDP4": 4},
            "LUT RAM": {"RAM16SDP4": 4},
            "FF": {
                f"DFF{reset}{enable}": 1
                for enable in ("", "E")
                for reset in ("", "S", "R", "P", "C")
            },
            "block RAM": dict.fromkeys(("SP", "SPX9", "SDPB", "SDPX9B", "DPB", "DPX9B"), 1),
            "DSP": {"MULT9X9": 0.5, "MULT18X18": 1, "MULT36X36": 4},
        },
        free=frozenset(
            {"GND", "VCC", "GSR", "IBUF", "OBUF", *(f"MUX2_LUT{n}" for n in (5, 6, 7, 8))}
        ),
        memories=frozenset({"RAM16SDP4", "SP", "SPX9", "SDPB", "SDPX9B", "DPB", "DPX9B"}),
    ),
)

_XILINX_LUT_RAM = {
    "RAM32X1S": 1,
    "RAM32X1D": 2,
    "RAM64X1S": 1,
    "RAM64X1D": 2,
    "RAM128X1S": 2,
    "RAM128X1D": 4,
    "RAM256X1S": 4,
    "RAM32M": 4,
    "RAM64M": 4,
}

XILINX = Family(
    "xilinx",
    "synth_xilinx -flatten",
    Cells(
        resources={
            "LUT": {
                **{f"LUT{inputs}": 1 for inputs in range(1, 7)},
                "INV": 1,
                "SRL16E": 1,
                "SRLC32E": 1,
                **_XILINX_LUT_RAM,
            },
            "LUT RAM": _XILINX_LUT_RAM,
            "FF": dict.fromkeys(("FDRE", "FDSE", "FDCE", "FDPE"), 1),
            # A block of 36 Kbit is two of 18.
            "block RAM": {"RAMB36E1": 1, "RAMB18E1": 0.5},
            "DSP": {"DSP48E1": 1},
        },
        free=frozenset({"BUFG", "CARRY4", "GND", "IBUF", "MUXF7", "MUXF8", "OBUF", "VCC"}),
        memories=frozenset({"RAMB36E1", "RAMB18E1", *_XILINX_LUT_RAM}),
    ),
)
