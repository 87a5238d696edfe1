"""Configurations: the part that is the same for every engine."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields, replace
from typing import Any, ClassVar, Self, TypeVar

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS
from zskip.model.common.precision import Precision


class EngineConfig(ABC):
    """Choices of a user about one engine's hardware: a frozen dataclass of integers.

    Attributes
    ----------
    ENGINE : str
        Name of the engine.
    RANGES : mapping of str to tuple of int
        Smallest and largest value of every field that has such limits.
    pe_count : int
        Processing elements.
    acc_bits : int
        Width of an accumulator, bits.
    activation_bits : int
        Width that inputs and outputs of layers are limited to, at most the 16 bits that they take
        in streams; a field only where it can be chosen.
    parity : int
        1 where SRAMs have parity, 0 where not; a field only where it can be chosen.
    double_input : int
        1 where input vectors go back to back, 0 where not; a field only where it can be chosen.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    ENGINE: ClassVar[str]
    RANGES: ClassVar[Mapping[str, tuple[int, int]]]
    pe_count: int
    acc_bits: int
    activation_bits: int = ACTIVATION_BITS
    parity: int = 0
    double_input: int = 0

    def __post_init__(self) -> None:
        """Check types and ranges; an engine adds what holds between fields.

        Raises
        ------
        InputError
            Names the first field that is wrong.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is not int:
                raise InputError(f"{field.name} must be an integer, not {value!r}")
        for name, (low, high) in self.RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"{name} must be from {low} to {high}, not {value}")
        others = [name for name in ("streamed", "parity") if name in self.RANGES]
        if self.double_input and any(getattr(self, name) for name in others):
            raise InputError(
                f"double_input=1 must come with {' and '.join(f'{name}=0' for name in others)}, "
                f"not {' and '.join(f'{name}={getattr(self, name)}' for name in others)}: runs "
                "would overlap whose tiles or errors are told apart by the run; choose one of them"
            )

    @property
    @abstractmethod
    def codebook_size(self) -> int:
        """Values that a weight can take, the zero included."""

    @property
    def shares_weights(self) -> bool:
        """Whether weights share the values of a codebook; otherwise they are any integers."""
        return True

    @property
    def streams_weights(self) -> bool:
        """Whether weights come in tiles while the block computes; otherwise they stay on chip."""
        return False

    @property
    def keeps_starts(self) -> bool:
        """Whether the next input is loaded, and its run started, while one is computed."""
        return bool(self.double_input)

    @property
    def value_bits(self) -> int:
        """Bits of the integer that a weight stands for."""
        return CODEBOOK_BITS

    @property
    def default_precision(self) -> Precision | None:
        """Numbers that weights become where nobody chooses; None where there is no choice."""
        return None

    def check_precision(self, precisions: Sequence[Precision], mask_lanes: int = 0) -> None:
        """Check that the hardware computes layers of some precisions, one behind the other.

        Parameters
        ----------
        precisions : sequence of Precision
            One for each layer.
        mask_lanes : int, optional
            Lowest bits of every weight that are left out.

        Raises
        ------
        InputError
            It does not, or there is no choice.
        """
        del precisions, mask_lanes
        raise InputError(
            f"the engine {self.ENGINE} must get neither a precision nor masked lanes, as its "
            "configuration tells the weights' width: choose that by --weight-bits or "
            "EngineConfig.with_weight_bits"
        )

    @property
    @abstractmethod
    def multipliers(self) -> int:
        """Multiplications that can be done in a cycle."""

    @property
    def size(self) -> str:
        """How much hardware that is, for people, such as ``64 PEs``."""
        return "1 PE" if self.pe_count == 1 else f"{self.pe_count} PEs"

    @abstractmethod
    def with_weight_bits(self, weight_bits: int, **changes: int) -> Self:
        """Return a configuration with another width of the weights' codes, and other changes.

        Raises
        ------
        InputError
            The width is out of range.
        """

    @property
    def pattern(self) -> tuple[int, int] | None:
        """The N and M of the hardware: of M weights along the inputs it multiplies N at a time.

        None of hardware that takes weights that are not zero wherever they are.
        """
        return None

    def with_multipliers(self, count: int) -> Self:
        """Return a configuration with another number of multipliers, by the number of its PEs.

        Memories that must grow with the array do.

        Raises
        ------
        InputError
            The hardware cannot have as many.
        """
        each = self.multipliers // self.pe_count
        if count % each:
            raise InputError(f"a PE has {each} multipliers, so choose a multiple of {each}")
        return self.replace(pe_count=count // each)

    def with_pattern(self, n: int, m: int) -> Self:
        """Return a configuration for weights of at most `n` in every `m` along the inputs.

        An engine whose hardware has such a pattern sets it; the others take any weights as they
        are.

        Raises
        ------
        InputError
            The hardware cannot have this pattern.
        """
        del n, m
        return self

    def replace(self, **changes: int) -> Self:
        """Return a configuration with some fields changed.

        Raises
        ------
        InputError
            A field is unknown, or the result is no configuration.
        """
        known = [field.name for field in fields(self)]
        for name in changes:
            if name not in known:
                raise InputError(
                    f"a configuration field must be one of {', '.join(known)}, not {name!r}"
                )
        return replace(self, **changes)

    def changes_to(self, other: Self) -> dict[str, int]:
        """Return the fields of another configuration that differ from this one's, by name."""
        return {
            field.name: getattr(other, field.name)
            for field in fields(self)
            if getattr(self, field.name) != getattr(other, field.name)
        }


ConfigT = TypeVar("ConfigT", bound=EngineConfig)


def configuration_name(configs: Mapping[str, ConfigT], config: ConfigT) -> str:
    """Return the named configuration that is nearest, and the fields that differ from it.

    Parameters
    ----------
    configs : mapping of str to EngineConfig
        Named configurations.
    config : EngineConfig
        A configuration.

    Returns
    -------
    str
        Such as ``paper queue_depth=16``; the PE count is left out.
    """
    names = []
    for name, base in configs.items():
        changes = base.changes_to(config)
        changes.pop("pe_count", None)
        names.append(" ".join([name, *(f"{key}={value}" for key, value in changes.items())]))
    return min(names, key=lambda name: name.count(" "))
