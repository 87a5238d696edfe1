# amaranth: UnusedElaboratable=no
"""Bench of the kept request; oracle: what was asked for last, and what was taken over."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.common.kept_request import KeptRequest
from zskip.hw.common.request import Request
from zskip.model.common.stream import Kind
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Agent, Testbench

NAMES = ("kind", "pass_index", "outputs", "central")
"""What a request tells."""


class Checker(Agent):
    """Driver of both sides by chance, and checker of every cycle.

    Parameters
    ----------
    bench : Testbench
    slow : float
        Share of the cycles in which the emitter is not done.
    """

    def __init__(self, bench: Testbench, slow: float) -> None:
        self.slow = slow
        self.sent = self.through = 0
        self.reset()
        super().__init__(bench)

    def reset(self) -> None:
        """Forget what was taken over."""
        self.kept: dict[str, int] = {}
        self.given: dict[str, int] = {"valid": 0, "keep": 0, "done": 0}

    def drive(self) -> None:
        """Ask for something, or have it taken over; finish what is under way."""
        rng, given = self.bench.rng, self.given
        for name in NAMES:
            port = self.bench[f"i__{name}"]
            given[name] = int.from_bytes(rng.bytes(16)) % (1 << port.width)
            port.set_bits(given[name])
        given["valid"] = int(not self.kept and rng.random() < 0.4)
        given["keep"] = int(not self.kept and not given["valid"] and rng.random() < 0.3)
        asked = self.kept or given["valid"]
        given["done"] = int(bool(asked) and rng.random() >= self.slow)
        for port, name in (("i__valid", "valid"), ("keep", "keep"), ("o__done", "done")):
            self.bench[port].set(given[name])

    def sample(self, cycle: int) -> None:
        """Compare every output, and take over."""
        given, sending = self.given, bool(self.kept)
        told = {f"o__{name}": (given | self.kept)[name] for name in NAMES}
        told["o__valid"] = int(sending or given["valid"])
        told["i__done"] = int(given["done"] and not sending)
        told["sending"] = int(sending)
        told["sent"] = int(given["done"] and sending)
        for name, value in told.items():
            assert self.bench[name].bits == value, f"{name} in cycle {cycle}"
        self.through += told["i__done"]
        self.sent += told["sent"]
        if given["keep"]:
            taken = {name: given[name] for name in ("pass_index", "outputs")}
            self.kept = {"kind": int(Kind.OUTPUTS), **taken}
        elif told["sent"]:
            self.kept = {}


@cocotb.test()
@cocotb.parametrize(slow=(0.0, 0.5, 0.9))
async def held_and_taken_over(dut: HierarchyObject, slow: float) -> None:
    """Requests that are held go through; one that is taken over outlives what comes behind it."""
    bench = Testbench(dut, KeptRequest(Request(**current_stimulus())).signature)
    checker = Checker(bench, slow)
    for _ in range(4):
        await bench.start()
        await bench.step(500)
    assert min(checker.sent, checker.through) > 10
