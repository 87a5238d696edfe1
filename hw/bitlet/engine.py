"""The hardware of the Bitlet engine."""

from zskip.hw.bitlet.names import TOP_MODULE
from zskip.hw.common.engine import Hardware
from zskip.model.bitlet.config import Config
from zskip.model.bitlet.images import BIASES, PROGRAM, WEIGHTS


class BitletHardware(Hardware[Config]):
    """The array of engines."""

    top = TOP_MODULE

    def verilog(self, config: Config) -> str:
        """Return the Verilog of an array."""
        # Amaranth takes longer to import than a compiled array takes to be found.
        from zskip.hw.bitlet.verilog import array_verilog

        return array_verilog(config)

    def instance(self, memory: str, pe: int | None) -> str:
        """Return the path of an SRAM's instance below the top."""
        kind, _, number = memory.partition("_")
        places = {
            WEIGHTS: f"pe_{pe}.weights.slice_{number}",
            BIASES: f"pe_{pe}.biases.slice_{number}",
            PROGRAM: "control.program_memory.sram",
        }
        return places[kind]


ENGINE = BitletHardware()
