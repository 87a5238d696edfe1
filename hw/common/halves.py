"""Halves: two memories of activations, which change roles between layers."""

from typing import NamedTuple

from amaranth import Const, Module, Mux, Value
from amaranth.lib.wiring import In
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


BANK_PORTS = {name: In(1) for name in ("bank", "w_bank", "sending")}
"""Ports of vectors with banks."""


class Banks(NamedTuple):
    """What tells apart two banks of input vectors, and the outputs that are sent beside a run.

    Parameters
    ----------
    fresh : amaranth.Value
        The inputs of the layer are those of the network, in a bank.
    read, written : amaranth.Value
        Bank that is read then, and bank that is loaded.
    sending : amaranth.Value
        What is shown are outputs of the run before, in the half of the inputs.
    """

    fresh: Value
    read: Value
    written: Value
    sending: Value


class Halves:
    """Two memories of rows of places of 16 bits: of a layer's inputs, and of its outputs.

    The inputs of a layer are read while its outputs are written. Half 0 has the inputs of a
    network, or banks of their own have: two further memories, one of which is loaded at any time.
    A read holds until the next one.

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
        1 for places with parity; without banks only.
    banks : Banks, optional
        Adds banks, as ``input_0`` and ``input_1``.

    Attributes
    ----------
    inputs, outputs : amaranth.Value
        Rows of the inputs and of the outputs that were read last.
    faulty_inputs, faulty_outputs : amaranth.Value
        Places of them whose parity is wrong, a bit for each; only with parity.
    """

    def __init__(
        self,
        m: Module,
        half: Value,
        *,
        lanes: int,
        rows: int,
        parity: int,
        banks: Banks | None = None,
    ) -> None:
        self._half = half
        self._banks = banks

        def memories(name: str) -> list[Sram]:
            width = lanes * ACTIVATION_BITS
            srams = [Sram(width=width, depth=rows, lanes=lanes, parity=parity) for _ in range(2)]
            for number, sram in enumerate(srams):
                m.submodules[f"{name}_{number}"] = sram
            return srams

        self._srams = memories("half")
        first, second = self._srams
        self.inputs = Mux(half, second.word, first.word)
        self.outputs = Mux(half, first.word, second.word)
        self.faulty_inputs = Mux(half, second.faulty, first.faulty)
        self.faulty_outputs = Mux(half, first.faulty, second.faulty)
        if banks is not None:
            self._inputs = memories("input")
            loaded = Mux(banks.read, self._inputs[1].word, self._inputs[0].word)
            self.inputs = Mux(banks.fresh, loaded, self.inputs)
            self.outputs = Mux(half ^ banks.sending, first.word, second.word)

    def connect(
        self, m: Module, *, read: Access, write: Access, show: Access, load: Access
    ) -> None:
        """Read inputs; write or else show outputs; load inputs of the network in front of all."""
        if self._banks is not None:
            self._connect_banks(m, self._banks, read=read, write=write, show=show, load=load)
            return
        for number, sram in enumerate(self._srams):
            with m.If(self._half == number):
                _access(m, sram, read)
            with m.Elif(write.en):
                _access(m, sram, write)
            with m.Else():
                _access(m, sram, show)
        with m.If(load.en):
            _access(m, self._srams[0], load)

    def _connect_banks(
        self, m: Module, banks: Banks, *, read: Access, write: Access, show: Access, load: Access
    ) -> None:
        """Do the same with banks: a half whose inputs are in a bank may still be shown."""
        for number, (half, bank) in enumerate(zip(self._srams, self._inputs, strict=True)):
            with m.If((self._half == number) & ~banks.fresh):
                _access(m, half, read)
            with m.Elif((self._half != number) & write.en):
                _access(m, half, write)
            with m.Else():
                _access(m, half, show)
            with m.If(load.en & (banks.written == number)):
                _access(m, bank, load)
            with m.Else():
                _access(m, bank, read._replace(en=read.en & banks.fresh & (banks.read == number)))


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
