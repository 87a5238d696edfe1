"""Golden model of a block behind AXI: what every beat, register access, start and abort does."""

from collections.abc import Mapping, Sequence

from zskip.model.common.bitfields import unpack
from zskip.model.common.register import Access
from zskip.model.common.registers import MAP_BYTES, REGISTERS
from zskip.model.common.stream import LOAD_HEADER, ErrorCode, header_error

OKAY, SLVERR = 0b00, 0b10
"""Responses of AXI4-Lite."""

_WORDS = {
    register.offset + 4 * number: (register, number)
    for register in REGISTERS
    for number in range(register.words)
}


class AxiModel:
    """State of a block behind AXI, as software sees it between two runs.

    Parameters
    ----------
    memories : mapping of int to (int, bool)
        Words of the memory of each target, and whether each PE has one.
    pe_count : int
        Number of PEs.
    values : mapping of str to sequence of int
        Values of the constant registers.

    Attributes
    ----------
    loading : bool
        The beat taken last is not the last of its packet.
    dropping : bool
        Beats are dropped up to the end of the packet.
    error, error_beat, error_header : int
        The first error since reset or abort, and where it came.
    beats : int
        Beats that the block has been given since reset, dropped ones included.
    """

    def __init__(
        self,
        memories: Mapping[int, tuple[int, bool]],
        pe_count: int,
        values: Mapping[str, Sequence[int]],
    ) -> None:
        self.memories = memories
        self.pe_count = pe_count
        self.values = values
        self.beats = self.error = self.error_beat = self.error_header = 0
        self.loading = self.dropping = False
        self._written = {r.name: 0 for r in REGISTERS if r.access is Access.WRITE}
        self._left = self._header = self._header_beat = self._cause = 0

    def beat(self, word: int, last: bool) -> None:
        """Take a beat of s_axis."""
        number, self.beats = self.beats, self.beats + 1
        self.loading = not last
        if self.dropping:
            self.dropping = not last
            return
        code = ErrorCode.NONE
        if self._left:
            self._left -= 1
        else:
            self._header, self._header_beat = word, number
            fields = unpack(LOAD_HEADER, word)
            self._left = fields["words"]
            code = header_error(fields, self.memories, self.pe_count)
        if self._left and last:
            code, self._left = ErrorCode.EARLY_LAST, 0
        elif not self._left and not last and not self._written["SETTINGS"]:
            code, self.dropping = ErrorCode.LATE_LAST, True
        self._fail(code)

    def start(self, *, ready: bool = True) -> bool:
        """Take a start, while ``STATUS.ready`` or not; return whether it is not refused."""
        if self.loading or not ready:
            self._fail(ErrorCode.START)
            return False
        return True

    def abort(self) -> None:
        """Take an abort; the header of the last packet is still known, its words are dropped."""
        self._left = self.error = self.error_beat = self.error_header = 0
        self.dropping = self.loading

    def ends(self) -> None:
        """Take note of the end of a run."""
        self._cause |= 1

    @property
    def irq(self) -> bool:
        """The interrupt."""
        return bool(self._cause & self._written["IRQ_ENABLE"])

    def write(self, address: int, data: int, strobe: int) -> int:
        """Write a word; return the response. A command of the register CONTROL is not obeyed."""
        register, _ = _WORDS.get(address % MAP_BYTES & ~3, (None, 0))
        if register is None or register.access in (Access.CONSTANT, Access.READ):
            return SLVERR
        bits = sum(0xFF << 8 * byte for byte in range(4) if strobe >> byte & 1) & register.mask
        if register.access is Access.WRITE:
            kept = self._written[register.name] & ~bits
            self._written[register.name] = kept | data & bits
        elif register.access is Access.CLEAR:
            self._cause &= ~(data & bits)
        return OKAY

    def read(self, address: int) -> int | None:
        """Return what a word reads, None where only time tells. The response is OKAY."""
        register, number = _WORDS.get(address % MAP_BYTES & ~3, (None, 0))
        if register is None or register.access is Access.PULSE:
            return 0
        if register.access is Access.CONSTANT:
            values = self.values[register.name]
            return values[number] if number < len(values) else 0
        known = {
            **self._written,
            "IRQ_CAUSE": self._cause,
            "ERROR": self.error,
            "ERROR_BEAT": self.error_beat,
        }
        return known.get(register.name)

    def _fail(self, code: int) -> None:
        """Keep the first error, and where it came."""
        if code and not self.error:
            self.error = int(code)
            self.error_beat, self.error_header = self._header_beat, self._header
            self._cause |= 2
