"""Which memory cells of an FPGA an SRAM becomes: the rule by which Yosys maps memories.

Yosys takes the cheapest of all shapes that the cells of a family have. A cell has its price, and so
have the multiplexers and decoders where several cells follow each other along the addresses.
"""

from typing import NamedTuple

BYTE = 9
"""Bits of a byte of a block RAM; narrower shapes have no ninth bits."""


class Shape(NamedTuple):
    """A shape that a memory cell can take.

    Parameters
    ----------
    words, bits : int
        Words of a cell, and bits of each.
    price : float
        Price of a cell.
    blocks : float
        Block RAMs that a cell is; 0 of LUT RAM.
    luts : int
        LUTs that a cell of LUT RAM takes for a bit of its words.
    whole : bool
        Whether a cell of which some bits are used has the whole price.
    """

    words: int
    bits: int
    price: float
    blocks: float = 0.0
    luts: float = 0.0
    whole: bool = True


class Mapped(NamedTuple):
    """Cells that an SRAM becomes.

    Parameters
    ----------
    blocks : float
        Block RAMs.
    luts : float
        LUTs of LUT RAM.
    deep : int
        Cells that follow each other along the addresses.
    """

    blocks: float
    luts: float
    deep: int


class RamRule(NamedTuple):
    """Memory cells of a family.

    Parameters
    ----------
    shapes : tuple of Shape
        Shapes for a memory that is read with a clock.
    files : tuple of Shape
        Shapes for one that is read in the cycle of its address.
    """

    shapes: tuple[Shape, ...]
    files: tuple[Shape, ...]

    def sram(self, depth: int, bits: int, lanes: int = 1) -> Mapped:
        """Return what an SRAM becomes.

        Parameters
        ----------
        depth, bits : int
            Words, and bits of each.
        lanes : int, optional
            Equal parts of a word that can be written alone.
        """
        return _cheapest(self.shapes, depth, bits, lanes)

    def file(self, depth: int, bits: int) -> Mapped:
        """Return what a memory becomes that is read in the cycle of its address."""
        return _cheapest(self.files, depth, bits, 1)


def _cheapest(shapes: tuple[Shape, ...], depth: int, bits: int, lanes: int) -> Mapped:
    """Return the cheapest way; of equal ones that with the fewest block RAMs."""
    ways = []
    for shape in shapes:
        deep = -(-depth // shape.words)
        cells = _cells(shape, deep, bits, lanes) if shape.blocks else -(-bits // shape.bits) * deep
        paid = cells if shape.whole else bits / shape.bits * deep
        price = paid * shape.price + (bits + 1) * (deep - 1) / 2
        used = cells * shape.bits if shape.whole else bits * deep
        ways.append((price, Mapped(cells * shape.blocks, used * shape.luts, deep)))
    return min(ways)[1]


def _cells(shape: Shape, deep: int, bits: int, lanes: int) -> int:
    """Count block RAMs; the last bits of words that follow each other share a cell."""
    if shape.bits < BYTE:
        return lanes * -(-(bits // lanes) // shape.bits) * deep
    if lanes > 1:
        bits = lanes * -(-(bits // lanes) // BYTE) * BYTE
    full, rest = divmod(bits, shape.bits)
    part = BYTE if rest else 0
    while part < rest:
        part *= 2
    return full * deep + -(-deep * min(part, shape.bits) // shape.bits)


_HALVES = ((16384, 1), (8192, 2), (4096, 4), (2048, 9), (1024, 18), (512, 36))
"""Words and bits of 18 Kbit."""

_ECP5_LUT = Shape(words=16, bits=4, price=4, luts=1)

ECP5_RAMS = RamRule(
    shapes=(_ECP5_LUT, *(Shape(words, bits, 128, blocks=1) for words, bits in _HALVES)),
    files=(_ECP5_LUT,),
)
"""Memory cells of ECP5."""

XILINX_RAMS = RamRule(
    shapes=(
        *(
            Shape(words, bits, 8, luts=words / 64, whole=False)
            for words, bits in ((32, 8), (64, 4), (128, 2), (256, 1))
        ),
        *(Shape(words, bits, 129, blocks=0.5) for words, bits in _HALVES),
        *(Shape(2 * words, bits, 257, blocks=1) for words, bits in (*_HALVES, (256, 72))),
    ),
    files=(Shape(32, 6, 8, luts=2 / 3), Shape(64, 3, 8, luts=4 / 3)),
)
"""Memory cells of Xilinx 7 series: a block RAM of 36 Kbit is two of 18."""
