"""Halves: two memories of activations, which change roles between layers."""

from typing import NamedTuple

from amaranth import Const, Module, Mux, Value
from amaranth.utils import exact_log2

from zskip.hw.common.sram import Sram
from zskip.model.common.fixed import ACTIVATION_BITS


class Access(NamedTuple):
    """Access to a half.

    Parameters
    ----------
    en : amaranth.Value
        Whether there is one.
    row : amaranth.Value
        Its row.
    places : amaranth.Value, optional
        Places of the row that it writes, a bit for each; it is a read without them.
    data : amaranth.Value, optional
        What it writes, to every part of the row of this size alike.
    """

    en: Value
    row: Value
    places: Value | None = None
    data: Value | None = None


class Halves:
    """Two memories of rows of places of 16 bits: of a layer's inputs, and of its outputs.

    The inputs of a layer are read while its outputs are written. Half 0 has the inputs of a
    network. A read holds until the next one.

    Parameters
    ----------
    m : amaranth.Module
        Module to add them to, as ``half_0`` and ``half_1``.
    half : amaranth.Value
        Half that holds the inputs.
    lanes : int
        Places of a row.
    rows : int
        Rows of a half.
    parity : int
        1 for places with parity.

    Attributes
    ----------
    inputs, outputs : amaranth.Value
        Rows of the inputs and of the outputs that were read last.
    faulty_inputs, faulty_outputs : amaranth.Value
        Places of them whose parity is wrong, a bit for each; only with parity.
    """

    def __init__(self, m: Module, half: Value, *, lanes: int, rows: int, parity: int) -> None:
        self._half = half
        width = lanes * ACTIVATION_BITS
        self._srams = [Sram(width=width, depth=rows, lanes=lanes, parity=parity) for _ in range(2)]
        for number, sram in enumerate(self._srams):
            m.submodules[f"half_{number}"] = sram
        first, second = self._srams
        self.inputs = Mux(half, second.word, first.word)
        self.outputs = Mux(half, first.word, second.word)
        self.faulty_inputs = Mux(half, second.faulty, first.faulty)
        self.faulty_outputs = Mux(half, first.faulty, second.faulty)

    def connect(
        self, m: Module, *, read: Access, write: Access, show: Access, load: Access
    ) -> None:
        """Read inputs; write or else show outputs; load inputs into half 0 in front of all."""
        for number, sram in enumerate(self._srams):
            with m.If(self._half == number):
                _access(m, sram, read)
            with m.Elif(write.en):
                _access(m, sram, write)
            with m.Else():
                _access(m, sram, show)
        with m.If(load.en):
            _access(m, self._srams[0], load)


def _access(m: Module, sram: Sram, access: Access) -> None:
    """Read a row, or write parts of it."""
    m.d.comb += [sram.en.eq(access.en), sram.address.eq(access.row)]
    if access.places is not None and access.data is not None:
        copies = sram.lanes * ACTIVATION_BITS // len(access.data)
        m.d.comb += [sram.we.eq(access.places), sram.w_data.eq(access.data.replicate(copies))]


class Part(NamedTuple):
    """Part of a row, of a power of two of places.

    Parameters
    ----------
    number : amaranth.Value
        Its number, counted over all rows.
    size : int
        Its places.
    lanes : int
        Places of a row, a multiple of those of the part by a power of two.
    """

    number: Value
    size: int
    lanes: int

    @property
    def row(self) -> Value:
        """Number of its row."""
        return self.number[exact_log2(self.lanes // self.size) :]

    @property
    def place(self) -> Value:
        """Which part of its row it is."""
        return self.number[: exact_log2(self.lanes // self.size)]

    @property
    def places(self) -> Value:
        """Places of the row that belong to it, a bit for each."""
        return Const((1 << self.size) - 1) << (self.place * self.size)

    def taken(self, row: Value) -> Value:
        """Return what a row has there."""
        if self.size == self.lanes:
            return row
        return row.word_select(self.place, self.size * ACTIVATION_BITS)

    def taken_places(self, flags: Value) -> Value:
        """Return what the flags of a row's places are there."""
        return flags if self.size == self.lanes else flags.word_select(self.place, self.size)
