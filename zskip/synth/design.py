"""The design that a target is given."""

from dataclasses import dataclass
from typing import Any

from zskip.engines import engine, hardware
from zskip.hw.common.engine import Hardware
from zskip.model.common.config import EngineConfig


@dataclass(frozen=True, kw_only=True)
class Design:
    """A block: an engine in one configuration.

    Parameters
    ----------
    config : EngineConfig
        The configuration, which names its engine.
    """

    config: EngineConfig

    @property
    def hardware(self) -> Hardware[Any]:
        """Hardware of the engine."""
        return hardware(self.config.ENGINE)

    @property
    def size(self) -> str:
        """Engine and size, for people."""
        return f"{engine(self.config.ENGINE).title} of {self.config.size}"

    @property
    def top(self) -> str:
        """Verilog module at the top; its ports are those of every block."""
        return self.hardware.top

    def behind_uart(self, divisor: int) -> tuple[str, str]:
        """Return the same behind a UART, and its module at the top.

        Parameters
        ----------
        divisor : int
            Cycles of a bit.
        """
        # Amaranth takes longer to import than bad input takes to be refused.
        from zskip.hw.common.uart_top import TOP_MODULE, uart_verilog

        return uart_verilog(self.hardware, self.config, divisor), TOP_MODULE

    def verilog(self) -> str:
        """Return all modules in one text, with every SRAM an instance of ``zskip_sram``."""
        return self.hardware.verilog(self.config)
