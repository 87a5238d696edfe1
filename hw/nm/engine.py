"""The hardware of the N:M engine."""

from zskip.hw.common.engine import Hardware
from zskip.hw.nm.names import TOP_MODULE
from zskip.model.nm.config import Config
from zskip.model.nm.images import BIASES, PROGRAM, WEIGHTS


class NmHardware(Hardware[Config]):
    """The array of rows."""

    top = TOP_MODULE

    def verilog(self, config: Config) -> str:
        """Return the Verilog of an array."""
        # Amaranth takes longer to import than a compiled array takes to be found.
        from zskip.hw.nm.verilog import array_verilog

        return array_verilog(config)

    def instance(self, memory: str, pe: int | None) -> str:
        """Return the path of an SRAM's instance below the top."""
        kind, _, number = memory.partition("_")
        places = {
            WEIGHTS: f"row_{pe}.weights.slice_{number}",
            BIASES: f"row_{pe}.accumulator.bias",
            PROGRAM: "control.program_memory.sram",
        }
        return places[kind]


ENGINE = NmHardware()
