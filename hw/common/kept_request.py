"""Kept request: lets a run end whose outputs are still to be sent."""

from typing import Protocol

from amaranth import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from zskip.hw.common.emitter import Emitter
from zskip.hw.common.loader import Loader
from zskip.hw.common.request import Request, RequestInterface
from zskip.hw.common.run_guard import RunGuard
from zskip.model.common.stream import Kind

KEEP_PORTS = {"sending": In(1), "keep": Out(1)}
"""Ports of a control unit whose runs may end in front of their outputs."""


class Control(Protocol):
    """Ports of such a control unit that are joined with others."""

    done: Signal
    request: RequestInterface
    sending: Signal
    keep: Signal


class KeptRequest(wiring.Component):
    """Hand requests on to the emitter, and take over one for outputs.

    A request for outputs that is taken over needs not be held: it is sent while the next run is
    under way. No other request may come until it is sent.

    Latency: none for a request that is held, one cycle for one that is taken over. Throughput: as
    that of the emitter. Stall rule: a request waits for the emitter.

    Parameters
    ----------
    request : Request
        The requests.

    Members
    -------
    i : In(Request)
        Requests of the control unit.
    keep : In(1)
        Take over the outputs that `i` tells of, whether it is valid or not.
    o : Out(Request)
        Requests to the emitter.
    sending : Out(1)
        Outputs that were taken over are not sent yet.
    sent : Out(1)
        High in the last cycle of `sending`.
    """

    i: RequestInterface
    keep: Signal
    o: RequestInterface
    sending: Signal
    sent: Signal

    def __init__(self, request: Request) -> None:
        super().__init__(
            {
                "i": In(request),
                "keep": In(1),
                "o": Out(request),
                "sending": Out(1),
                "sent": Out(1),
            }
        )

    def join(
        self, m: Module, control: Control, emitter: Emitter, loader: Loader, guard: RunGuard
    ) -> None:
        """Let outputs leave, and the next input vector come, beside a run."""
        connect(m, control.request, self.i)
        connect(m, self.o, emitter.request)
        m.d.comb += [
            self.keep.eq(control.keep),
            control.sending.eq(self.sending),
            guard.sending.eq(self.sending),
            # A run is over when its outputs are sent.
            guard.ended.eq((control.done & ~control.keep) | self.sent),
            loader.room.eq(~guard.kept),
            loader.half.eq(guard.bank),
        ]

    def elaborate(self, platform: object) -> Module:
        m = Module()
        outputs = Signal.like(self.i.outputs, reset_less=True)
        pass_index = Signal.like(self.i.pass_index, reset_less=True)
        with m.If(self.keep):
            m.d.sync += [
                self.sending.eq(1),
                outputs.eq(self.i.outputs),
                pass_index.eq(self.i.pass_index),
            ]
        with m.Elif(self.sent):
            m.d.sync += self.sending.eq(0)
        m.d.comb += [
            self.sent.eq(self.sending & self.o.done),
            self.o.valid.eq(self.sending | self.i.valid),
            self.o.kind.eq(Mux(self.sending, Kind.OUTPUTS, self.i.kind)),
            self.o.pass_index.eq(Mux(self.sending, pass_index, self.i.pass_index)),
            self.o.outputs.eq(Mux(self.sending, outputs, self.i.outputs)),
            self.o.central.eq(self.i.central),
            self.i.done.eq(self.o.done & ~self.sending),
        ]
        return m
