"""The formulas: what is known of a target exactly, and what the rest grows with."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from math import inf, log2, sqrt
from typing import ClassVar, NamedTuple

from zskip.model.common.sram_table import SramTable
from zskip.model.common.structure import RegisterFile, Sram, Structure
from zskip.synth.formulas.rams import Mapped, RamRule

CLOCK_NS = "clock ns"
"""The shortest clock period, as a figure."""


class Logic(NamedTuple):
    """Logic of an array without its memories, as ECP5 has it: the measure of other targets.

    Parameters
    ----------
    luts : float
        LUTs of four inputs, adders among them, LUT RAM not.
    flops : float
        Flip-flops but for those behind LUT RAM.
    """

    luts: float
    flops: float


class Formula(ABC):
    """Formulas of a target.

    A figure is what `exact` says of it, and a sum of coefficients times `terms`.

    Attributes
    ----------
    title : str
        Family or process, for people.
    fitted : tuple of str
        Figures with coefficients, by the names that syntheses have for them.
    size : str
        The one that tells how large the logic is.
    clock_size : float
        Size up to which a clock is told.
    """

    title: str
    clock_size: float = inf
    fitted: ClassVar[tuple[str, ...]]
    size: ClassVar[str]

    @abstractmethod
    def exact(self, structure: Structure) -> dict[str, float]:
        """Return what follows from the memories alone, by figure."""

    @abstractmethod
    def terms(self, structure: Structure, figure: str, logic: Logic) -> dict[str, float]:
        """Return what the rest of a figure grows with, by term.

        Parameters
        ----------
        structure : Structure
            The array.
        figure : str
            One of `fitted`.
        logic : Logic
            Its logic on ECP5, whose own formulas do not depend on it.
        """

    def clock_terms(self, structure: Structure, size: float) -> dict[str, float]:
        """Return what the clock period grows with.

        Parameters
        ----------
        structure : Structure
            The array.
        size : float
            The figure `size`.
        """
        return {"any array": 1.0, "levels of the logic": log2(size)}


class FpgaFormula(Formula):
    """LUTs, flip-flops, memories and multipliers of a family of FPGAs.

    Parameters
    ----------
    title : str
        The family, for people.
    rams : RamRule
        Its memory cells.
    registers_in_dsps : bool, optional
        Its synthesis moves registers around multipliers into DSPs.
    clock_size : float, optional
        LUTs up to which a clock is told.
    """

    fitted: ClassVar[tuple[str, ...]] = ("LUT", "FF", "DSP")
    size: ClassVar[str] = "LUT"

    def __init__(
        self,
        title: str,
        rams: RamRule,
        *,
        registers_in_dsps: bool = False,
        clock_size: float = inf,
    ) -> None:
        self.title = title
        self.clock_size = clock_size
        self.rams = rams
        self._registers_in_dsps = registers_in_dsps

    def exact(self, structure: Structure) -> dict[str, float]:
        """Count memory cells, and the registers behind LUT RAM, which has none."""
        srams, files = self._mapped(structure)
        luts = sum(one.instances * cells.luts for one, cells in (*srams, *files))
        return {
            "LUT": luts,
            "LUT RAM": luts,
            "FF": _behind_lut_ram(srams),
            "block RAM": sum(one.instances * cells.blocks for one, cells in srams),
            "DSP": 0,
        }

    def terms(self, structure: Structure, figure: str, logic: Logic) -> dict[str, float]:
        """Return the engine's sizes, and multiplexers behind memories of several cells.

        Where DSPs take registers, flip-flops are those of ECP5 less these.
        """
        if figure == "DSP":
            return {"multipliers": structure.multipliers}
        if figure == "FF" and self._registers_in_dsps:
            registers = structure.multiplier_registers
            return {"FFs of ECP5": logic.flops, "registers in DSPs": -registers}
        srams, files = self._mapped(structure)
        return {
            **structure.sizes,
            "registers behind LUT RAM": _behind_lut_ram(srams),
            "multiplexers of files": _multiplexers(files),
            "multiplexers of SRAMs": _multiplexers(srams),
        }

    def clock_terms(self, structure: Structure, size: float) -> dict[str, float]:
        """Return what the engine's longest path grows with, and block RAM.

        Its cells stand apart, so that wires grow with the side of a square of them; and it gives
        its words late, which tells where a memory with lanes became it: that of activations, which
        are scanned.
        """
        srams, _ = self._mapped(structure)
        return {
            **super().clock_terms(structure, size),
            **structure.path,
            "side of block RAM": sqrt(sum(one.instances * cells.blocks for one, cells in srams)),
            "block RAM with lanes": any(cells.blocks for one, cells in srams if one.lanes > 1),
        }

    def _mapped(
        self, structure: Structure
    ) -> tuple[list[tuple[Sram, Mapped]], list[tuple[RegisterFile, Mapped]]]:
        """Return SRAMs and files with the cells that they become: a copy for each reader."""
        copies = [one._replace(instances=one.instances * one.readers) for one in structure.files]
        return (
            [(one, self.rams.sram(one.depth, one.bits, one.lanes)) for one in structure.srams],
            [(one, self.rams.file(one.depth, one.bits)) for one in copies],
        )


class AsicFormula(Formula):
    """Area of logic and SRAMs in standard cells.

    Parameters
    ----------
    title : str
        The process, for people.
    srams : SramTable
        Areas and times of SRAMs.
    """

    fitted: ClassVar[tuple[str, ...]] = ("logic um2", "NAND2", "flip-flops")
    size: ClassVar[str] = "logic um2"

    def __init__(self, title: str, srams: SramTable) -> None:
        self.title = title
        self.srams = srams

    def exact(self, structure: Structure) -> dict[str, float]:
        """Return areas of SRAMs by the table; register files and queues are flip-flops."""
        areas = (s.instances * self.srams.cost(s.depth, s.bits).area_um2 for s in structure.srams)
        flops = _file_bits(structure)
        return {"SRAM um2": sum(areas), "logic um2": 0, "NAND2": 0, "flip-flops": flops}

    def terms(self, structure: Structure, figure: str, logic: Logic) -> dict[str, float]:
        """Return the logic on ECP5, and what standard cells have in place of its memories."""
        if figure == "flip-flops":
            return {"FFs of ECP5": logic.flops}
        return {
            "LUTs of ECP5": logic.luts,
            "FFs of ECP5": logic.flops,
            "bits of files": _file_bits(structure),
            "bits of multipliers": structure.multiplier_bits,
        }

    def clock_terms(self, structure: Structure, size: float) -> dict[str, float]:
        """Return what the engine's longest path grows with, too."""
        return {**super().clock_terms(structure, size), **structure.path}


def _multiplexers(mapped: Iterable[tuple[Sram | RegisterFile, Mapped]]) -> float:
    """Return the bits of the multiplexers behind memories of several cells."""
    return sum(one.instances * one.bits * (cells.deep - 1) for one, cells in mapped)


def _behind_lut_ram(mapped: Iterable[tuple[Sram, Mapped]]) -> float:
    """Return the bits that SRAMs of LUT RAM read."""
    return sum(one.instances * one.bits for one, cells in mapped if not cells.blocks)


def _file_bits(structure: Structure) -> int:
    """Return the bits of all register files and queues."""
    return sum(one.instances * one.bits * one.depth for one in structure.files)
