"""The hardware side of the engine protocol."""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic

from zskip.model.common.config import ConfigT


class Hardware(ABC, Generic[ConfigT]):
    """The hardware of an engine, as far as other parts of the project use it.

    Attributes
    ----------
    top : str
        Verilog module of the whole block, a plain identifier; its ports are those of
        `zskip.hw.common.block.block_signature`.
    """

    top: ClassVar[str]

    @abstractmethod
    def verilog(self, config: ConfigT) -> str:
        """Return the Verilog of a block in one text.

        Parameters
        ----------
        config : EngineConfig
            The hardware.

        Returns
        -------
        str
            Byte-identical for the same version and configuration.
        """

    @abstractmethod
    def instance(self, memory: str, pe: int | None) -> str:
        """Return the path of an SRAM's instance below the top, with dots.

        Names are those of the Verilog: a submodule named by a reserved word of it, such as
        ``program``, gets a number there, so name it otherwise.

        Parameters
        ----------
        memory : str
            Name of one of the engine's memories.
        pe : int or None
            Number of the PE, for a memory that each PE has.
        """
