"""The hardware of the EIE engine."""

from zskip.hw.common.engine import Hardware
from zskip.hw.eie.names import TOP_MODULE
from zskip.model.eie.config import Config

PLACES = {
    "spmat": "sparse_matrix_read.sram",
    "spmat_even": "sparse_matrix_read.banks.even",
    "spmat_odd": "sparse_matrix_read.banks.odd",
    "pointers": "pointer_read.words",
    "pointers_even": "pointer_read.even",
    "pointers_odd": "pointer_read.odd",
    "bias": "accumulators.bias",
    "program": "ccu.program_memory.sram",
}
"""Instance of each memory, inside its PE or at the top."""


class EieHardware(Hardware[Config]):
    """The array of PEs."""

    top = TOP_MODULE

    def verilog(self, config: Config) -> str:
        """Return the Verilog of an array."""
        # Amaranth takes longer to import than a compiled array takes to be found.
        from zskip.hw.eie.verilog import array_verilog

        return array_verilog(config)

    def instance(self, memory: str, pe: int | None) -> str:
        """Return the path of an SRAM's instance below the top."""
        where = "" if pe is None else f"pe_{pe}."
        return f"{where}{PLACES[memory]}"


ENGINE = EieHardware()
