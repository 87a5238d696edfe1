"""Target: something that a design can be synthesized for."""

from abc import ABC, abstractmethod
from typing import ClassVar

from zskip.synth.design import Design
from zskip.synth.options import Options
from zskip.synth.result import SynthResult


class Target(ABC):
    """A family of FPGAs or a standard-cell process; `zskip.synth.targets` lists them.

    Attributes
    ----------
    name : str
        Value of ``--target``.
    options : frozenset of str
        Names of the fields of `Options` that it takes; a target is given no others.
    """

    name: str
    options: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def run(self, design: Design, options: Options) -> SynthResult:
        """Synthesize a design.

        Parameters
        ----------
        design : Design
            The design.
        options : Options
            What the user asks for.

        Returns
        -------
        SynthResult

        Raises
        ------
        InputError
            A tool is missing, an option has no meaning, or the design does not fit.
        RunFailure
            A tool failed.
        """
