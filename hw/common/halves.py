"""Halves: two memories of activations, which change roles between layers."""

from typing import NamedTuple

from amaranth import Module, Signal, Value
from amaranth.hdl import ValueLike
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.hw.common.sram import Sram
from zskip.hw.common.write_port import address_bits
from zskip.model.common.fixed import ACTIVATION_BITS


class Halves(wiring.Component):
    """Hold the activations of a layer's inputs and outputs in rows of places of 16 bits.

    Each half is a memory of its own, so that the inputs of a layer are read while its outputs are
    written. Half 0 has the inputs of a network.

    Latency: one cycle from `read` to `inputs`, and from `show` to `outputs`, which hold until the
    next one. Throughput: one row read and one written a cycle. Stall rule: none; a write of outputs
    goes in front of `show`, and writes to half 0 never come together with others.

    Parameters
    ----------
    lanes : int
        Places of a row.
    rows : int
        Rows of a half.

    Members
    -------
    half : In(1)
        Half that holds the inputs; outputs are in the other one.
    read : In(1)
        Read row `read_row` of the inputs.
    read_row : In
        Number of the row.
    show : In(1)
        Read row `show_row` of the outputs.
    show_row : In
        Number of the row.
    w_source : In(lanes)
        Write these places of row `source_row` of half 0.
    source_row : In
        Number of the row.
    source : In(lanes * 16)
        What to write there.
    w_outputs : In(lanes)
        Write these places of row `outputs_row` of the outputs.
    outputs_row : In
        Number of the row.
    given : In(lanes * 16)
        What to write there.
    inputs : Out(lanes * 16)
        Row of the inputs read last, while `half` stays.
    outputs : Out(lanes * 16)
        Row of the outputs read last, while `half` stays.
    """

    half: Signal
    read: Signal
    read_row: Signal
    show: Signal
    show_row: Signal
    w_source: Signal
    source_row: Signal
    source: Signal
    w_outputs: Signal
    outputs_row: Signal
    given: Signal
    inputs: Signal
    outputs: Signal

    def __init__(self, *, lanes: int, rows: int) -> None:
        self.lanes = lanes
        self.rows = rows
        row, bits = address_bits(rows), lanes * ACTIVATION_BITS
        super().__init__(
            {
                "half": In(1),
                "read": In(1),
                "read_row": In(row),
                "show": In(1),
                "show_row": In(row),
                "w_source": In(lanes),
                "source_row": In(row),
                "source": In(bits),
                "w_outputs": In(lanes),
                "outputs_row": In(row),
                "given": In(bits),
                "inputs": Out(bits),
                "outputs": Out(bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        width = self.lanes * ACTIVATION_BITS
        halves = [Sram(width=width, depth=self.rows, lanes=self.lanes) for _ in range(2)]
        for number, sram in enumerate(halves):
            m.submodules[f"half_{number}"] = sram
            with m.If(self.half == number):
                m.d.comb += [sram.en.eq(self.read), sram.address.eq(self.read_row)]
            with m.Elif(self.w_outputs.any()):
                m.d.comb += [
                    sram.en.eq(1),
                    sram.we.eq(self.w_outputs),
                    sram.address.eq(self.outputs_row),
                    sram.w_data.eq(self.given),
                ]
            with m.Else():
                m.d.comb += [sram.en.eq(self.show), sram.address.eq(self.show_row)]
        first, second = halves
        with m.If(self.w_source.any()):
            m.d.comb += [
                first.en.eq(1),
                first.we.eq(self.w_source),
                first.address.eq(self.source_row),
                first.w_data.eq(self.source),
            ]
        with m.If(self.half):
            m.d.comb += [self.inputs.eq(second.r_data), self.outputs.eq(first.r_data)]
        with m.Else():
            m.d.comb += [self.inputs.eq(first.r_data), self.outputs.eq(second.r_data)]
        return m


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
    def enable(self) -> ValueLike:
        """Places of the row that belong to it, a bit for each."""
        return ((1 << self.size) - 1) << (self.place * self.size)

    def taken(self, row: Value) -> Value:
        """Return what a row has there."""
        if self.size == self.lanes:
            return row
        return row.word_select(self.place, self.size * ACTIVATION_BITS)

    def spread(self, places: Value) -> Value:
        """Return a row that has the same in all of its parts."""
        return places.replicate(self.lanes // self.size)
