"""Memory of weights: of one half, or of two, one of which is loaded while the other is read."""

from amaranth import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.sram import Sram
from zskip.hw.common.typed_signature import TypedSignature


class TileHalvesInterface(wiring.PureInterface):
    """Ports of `TileHalves`."""

    read: Signal
    write: Signal


class TileHalves(TypedSignature[TileHalvesInterface]):
    """Halves of the memories of weights that are read and written.

    Members
    -------
    read : Out(1)
        Half of the tile that is computed.
    write : Out(1)
        Half that a word on the load bus goes to.
    """

    ports = TileHalvesInterface

    def __init__(self) -> None:
        super().__init__({"read": Out(1), "write": Out(1)})


class TileMemory(wiring.Component):
    """Hold the weights of two tiles in a half each; one is read while the other is written.

    Latency: one cycle from `en` to `r_data`, which holds until the next read. Throughput: a read
    and a write a cycle. Stall rule: none; a read and a write never go to the same half together.

    Parameters
    ----------
    width : int
        Bits of a word.
    depth : int
        Words of a half.
    parity : int, optional
        As of `Sram`.

    Members
    -------
    en : In(1)
        Read in this cycle.
    half : In(1)
        Half to read.
    address : In(address bits)
        Word to read.
    w_en : In(1)
        Write in this cycle.
    w_half : In(1)
        Half to write.
    w_address : In(address bits)
        Word to write.
    w_data : In(width)
        What to write.
    r_data : Out(width + parity)
        Data of the last read, as they are stored.
    """

    en: Signal
    half: Signal
    address: Signal
    w_en: Signal
    w_half: Signal
    w_address: Signal
    w_data: Signal
    r_data: Signal

    def __init__(self, *, width: int, depth: int, parity: int = 0) -> None:
        self.width = width
        self.depth = depth
        self.parity = parity
        address = In(max(1, (depth - 1).bit_length()))
        super().__init__(
            {
                "en": In(1),
                "half": In(1),
                "address": address,
                "w_en": In(1),
                "w_half": In(1),
                "w_address": address,
                "w_data": In(width),
                "r_data": Out(width + parity),
            }
        )

    @property
    def word(self) -> Value:
        """Data of the last read, without parity."""
        return self.r_data[: self.width]

    @property
    def faulty(self) -> Value:
        """Whether the parity of the last read is wrong; only with parity."""
        return self.r_data.xor()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shown = Signal()
        with m.If(self.en):
            m.d.sync += shown.eq(self.half)
        halves = [Sram(width=self.width, depth=self.depth, parity=self.parity) for _ in range(2)]
        for number, sram in enumerate(halves):
            m.submodules[f"half_{number}"] = sram
            written = Signal(name=f"written_{number}")
            m.d.comb += [
                written.eq(self.w_en & (self.w_half == number)),
                sram.en.eq(written | (self.en & (self.half == number))),
                sram.we.eq(written),
                sram.w_data.eq(self.w_data),
                sram.address.eq(Mux(written, self.w_address, self.address)),
            ]
        m.d.comb += self.r_data.eq(Mux(shown, halves[1].r_data, halves[0].r_data))
        return m


def weight_memory(*, width: int, depth: int, streamed: int, parity: int) -> Sram | TileMemory:
    """Return a memory of weights, or two halves of such."""
    kind = TileMemory if streamed else Sram
    return kind(width=width, depth=depth, parity=parity)


def connect_memory(
    m: Module,
    memory: Sram | TileMemory,
    *,
    read: Value,
    address: Value,
    write: Value,
    w_address: Value,
    w_data: Value,
    halves: TileHalvesInterface | None,
) -> None:
    """Connect all of a memory of weights but its read data.

    Parameters
    ----------
    m : amaranth.Module
        Module of the unit.
    memory : Sram or TileMemory
        From `weight_memory`.
    read, address : amaranth.Value
        Whether to read, and where.
    write, w_address, w_data : amaranth.Value
        Whether to write, where and what; a write takes a memory without halves for its cycle.
    halves : TileHalves, optional
        Which halves are read and written, if there are any.
    """
    if isinstance(memory, Sram):
        m.d.comb += [
            memory.en.eq(read | write),
            memory.we.eq(write),
            memory.w_data.eq(w_data),
            memory.address.eq(Mux(write, w_address, address)),
        ]
        return
    assert halves is not None
    m.d.comb += [
        memory.en.eq(read),
        memory.half.eq(halves.read),
        memory.address.eq(address),
        memory.w_en.eq(write),
        memory.w_half.eq(halves.write),
        memory.w_address.eq(w_address),
        memory.w_data.eq(w_data),
    ]
