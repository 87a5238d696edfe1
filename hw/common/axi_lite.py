"""AXI4-Lite: the slave's side of the bus."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out

from zskip.hw.common.axi_buffer import AxiBuffer
from zskip.model.common.axi import OKAY, SLVERR
from zskip.model.common.register import REGISTER_BITS
from zskip.model.common.registers import MAP_BITS

STROBES = REGISTER_BITS // 8
"""Bytes of a word."""


def axi_lite_members() -> dict[str, Member]:
    """Return the signals of an AXI4-Lite slave by the names that AMBA gives them."""
    return {
        "awaddr": In(MAP_BITS),
        "awvalid": In(1),
        "awready": Out(1),
        "wdata": In(REGISTER_BITS),
        "wstrb": In(STROBES),
        "wvalid": In(1),
        "wready": Out(1),
        "bresp": Out(2),
        "bvalid": Out(1),
        "bready": In(1),
        "araddr": In(MAP_BITS),
        "arvalid": In(1),
        "arready": Out(1),
        "rdata": Out(REGISTER_BITS),
        "rresp": Out(2),
        "rvalid": Out(1),
        "rready": In(1),
    }


class AxiLite(wiring.Component):
    """Turn transfers on an AXI4-Lite bus into reads and writes of registers.

    Reads and writes do not wait for each other. No output of the bus depends on an input of the
    same cycle.

    Latency: two cycles from address and data to the response. Throughput: one write and one read a
    cycle. Stall rule: addresses and data wait while two of them, and two responses, are not taken.

    Members
    -------
    awaddr : In(MAP_BITS)
        Address of a write.
    awvalid : In(1)
        There is one.
    awready : Out(1)
        It is taken.
    wdata : In(32)
        Data of a write.
    wstrb : In(4)
        Bytes of the word that are written.
    wvalid : In(1)
        There are data.
    wready : Out(1)
        They are taken.
    bresp : Out(2)
        Response to a write, OKAY or SLVERR.
    bvalid : Out(1)
        There is one.
    bready : In(1)
        It is taken.
    araddr : In(MAP_BITS)
        Address of a read.
    arvalid : In(1)
        There is one.
    arready : Out(1)
        It is taken.
    rdata : Out(32)
        What was read.
    rresp : Out(2)
        Response to a read, always OKAY.
    rvalid : Out(1)
        There is one.
    rready : In(1)
        It is taken.
    write : Out(1)
        Write the register at `w_word` in this cycle.
    w_word : Out(MAP_BITS - 2)
        Its address, in words.
    w_data : Out(32)
        What to write.
    w_strobe : Out(4)
        Bytes to write.
    refused : In(1)
        The register at `w_word` cannot be written.
    read : Out(1)
        The register at `r_word` is read in this cycle.
    r_word : Out(MAP_BITS - 2)
        Its address, in words.
    r_data : In(32)
        Its value.
    """

    awaddr: Signal
    awvalid: Signal
    awready: Signal
    wdata: Signal
    wstrb: Signal
    wvalid: Signal
    wready: Signal
    bresp: Signal
    bvalid: Signal
    bready: Signal
    araddr: Signal
    arvalid: Signal
    arready: Signal
    rdata: Signal
    rresp: Signal
    rvalid: Signal
    rready: Signal
    write: Signal
    w_word: Signal
    w_data: Signal
    w_strobe: Signal
    refused: Signal
    read: Signal
    r_word: Signal
    r_data: Signal

    def __init__(self) -> None:
        super().__init__(
            {
                **axi_lite_members(),
                "write": Out(1),
                "w_word": Out(MAP_BITS - 2),
                "w_data": Out(REGISTER_BITS),
                "w_strobe": Out(STROBES),
                "refused": In(1),
                "read": Out(1),
                "r_word": Out(MAP_BITS - 2),
                "r_data": In(REGISTER_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.aw = aw = AxiBuffer(len(self.w_word))
        m.submodules.w = w = AxiBuffer(REGISTER_BITS + STROBES)
        m.submodules.b = b = AxiBuffer(2)
        m.submodules.ar = ar = AxiBuffer(len(self.r_word))
        m.submodules.r = r = AxiBuffer(REGISTER_BITS)
        for channel, valid, ready, payload in (
            (aw, self.awvalid, self.awready, self.awaddr[2:]),
            (w, self.wvalid, self.wready, Cat(self.wdata, self.wstrb)),
            (ar, self.arvalid, self.arready, self.araddr[2:]),
        ):
            m.d.comb += [
                channel.i.valid.eq(valid),
                channel.i.payload.eq(payload),
                ready.eq(channel.i.ready),
            ]
        m.d.comb += [
            self.write.eq(aw.o.valid & w.o.valid & b.i.ready),
            aw.o.ready.eq(self.write),
            w.o.ready.eq(self.write),
            self.w_word.eq(aw.o.payload),
            Cat(self.w_data, self.w_strobe).eq(w.o.payload),
            b.i.valid.eq(self.write),
            b.i.payload.eq(Mux(self.refused, SLVERR, OKAY)),
            self.bvalid.eq(b.o.valid),
            self.bresp.eq(b.o.payload),
            b.o.ready.eq(self.bready),
            self.read.eq(ar.o.valid & r.i.ready),
            ar.o.ready.eq(r.i.ready),
            self.r_word.eq(ar.o.payload),
            r.i.valid.eq(self.read),
            r.i.payload.eq(self.r_data),
            self.rvalid.eq(r.o.valid),
            self.rdata.eq(r.o.payload),
            self.rresp.eq(OKAY),
            r.o.ready.eq(self.rready),
        ]
        return m
