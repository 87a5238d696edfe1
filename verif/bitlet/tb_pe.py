"""Bench of an engine with its memories; oracle: the model's rounds."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.pe import Pe
from zskip.model.bitlet.packets import Target
from zskip.model.common.stream import COUNTER_BITS, STREAM_BITS
from zskip.verif.bitlet.rounds import Pass, Round, integer_round
from zskip.verif.bitlet.unit import packed, unit_bench, unit_config
from zskip.verif.common.streams import pauses
from zskip.verif.common.testbench import Agent, Events

NUMBER = 5
"""Number of the engine."""

STREAM_MASK = (1 << STREAM_BITS) - 1


class PeChecker(Agent):
    """Driver and checker of an engine, and the feed in front of it.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    hold : str
        Pattern of pauses, see `zskip.verif.common.streams.pauses`, for other engines.
    """

    def __init__(self, dut: HierarchyObject, hold: str = "never") -> None:
        self.config = unit_config()
        super().__init__(unit_bench(dut, Pe))
        self.outputs = Events(self.bench, "o_valid", "o")
        self.overflows = Events(self.bench, "overflow")
        self.taken = False
        self._hold = pauses(hold, self.bench.rng)

    def drive(self) -> None:
        """Wait for other engines, or not."""
        self.bench["hold"].set(next(self._hold))

    def sample(self, cycle: int) -> None:
        """See whether a beat is taken."""
        self.taken = bool(self.bench["commands__valid"].bits and self.bench["ready"].bits)

    def random_pass(self, *, joined: bool) -> Pass:
        """Return a pass of integers."""
        rng = self.bench.rng
        shift, relu = int(rng.integers(self.config.acc_bits)), bool(rng.integers(2))
        mask = (1 << self.config.lanes) - 1
        return Pass(joined=joined, mask=mask, shift=shift, relu=relu)

    async def start(self) -> None:
        """Begin a test."""
        await self.bench.start()
        self.bench["pe"].set(NUMBER)

    async def load(self, target: Target, slices: list[list[int]]) -> None:
        """Write the slices of words, between those of other engines."""
        bench, rng = self.bench, self.bench.rng
        count = 1 << (len(slices[0]) - 1).bit_length()
        for address, parts in enumerate(slices):
            for place, part in enumerate(parts):
                for number, data in ((NUMBER, part), (int(rng.integers(NUMBER)), part ^ 1)):
                    bench["load__en"].set(1)
                    bench["load__target"].set(target)
                    bench["load__pe"].set(number)
                    bench["load__address"].set(address * count + place)
                    bench["load__data"].set(data)
                    await bench.step()
        bench["load__en"].set(0)

    async def load_rounds(self, rounds: list[Round]) -> None:
        """Fill both memories."""
        config = self.config
        words = [beat["weights"] for sent in rounds for beat in sent.beats]
        places = range(config.memory_slices)
        await self.load(
            Target.WEIGHTS,
            [[word >> place * STREAM_BITS & STREAM_MASK for place in places] for word in words],
        )
        mask = (1 << config.bias_bits) - 1
        biases = [sent.beats[0]["biases"] for sent in rounds]
        places = range(config.segments)
        await self.load(
            Target.BIASES,
            [[word >> place * config.bias_bits & mask for place in places] for word in biases],
        )

    async def run(self, settings: Pass, rounds: list[Round]) -> None:
        """Run a pass beat by beat, and compare outputs and counters."""
        bench = self.bench
        for name in ("joined", "subtracted", "mask", "shift", "rounding", "relu", "format"):
            bench[f"commands__{name}"].set_bits(int(getattr(settings, name)))
        self.outputs.clear()
        self.overflows.clear()
        for value in (1, 0):
            bench["commands__restart"].set(value)
            bench["commands__rewind"].set_bits(value)
            await bench.step()
        address = 0
        for number, sent in enumerate(rounds):
            for place, beat in enumerate(sent.beats):
                await self._send(address, number if place == 0 else None, beat)
                address += 1
        wanted = [output for sent in rounds for output in sent.outputs]
        await bench.until(lambda: len(self.outputs.values) >= len(wanted))
        await bench.step(3)
        assert self.outputs.values == [(output,) for output, _, _ in wanted]
        overflows = sum(sent.overflows for sent in rounds)
        assert bool(overflows) == bool(self.overflows.cycles)
        events = [
            sum(saturated for _, saturated, _ in wanted),
            overflows,
            sum(special for _, _, special in wanted),
            sum(sent.picks for sent in rounds),
        ]
        for word in range(2):
            bench["counter"].set(word)
            await bench.step()
            assert bench["counters"].bits == packed(events[2 * word :][:2], COUNTER_BITS)

    async def _send(self, address: int, number: int | None, beat: dict[str, int]) -> None:
        """Read a beat, in a round's first one its biases too, and offer it.

        A decoupled engine reads on its own.
        """
        bench = self.bench
        if not self.config.decoupled:
            bench["commands__read"].set(1)
            bench["commands__address"].set(address)
            bench["commands__read_biases"].set(int(number is not None))
            bench["commands__round"].set(number or 0)
            await bench.step()
            bench["commands__read"].set(0)
            bench["commands__read_biases"].set(0)
        bench["commands__valid"].set(1)
        bench["commands__first"].set(beat["first"])
        bench["commands__last"].set(beat["last"])
        bench["x"].set(beat["activations"])
        await bench.step()
        await bench.until(lambda: self.taken)
        bench["commands__valid"].set(0)


@cocotb.test()
@cocotb.parametrize(hold=("never", "mostly"), joined=(False, True))
async def passes_one_after_the_other(dut: HierarchyObject, hold: str, joined: bool) -> None:
    """Outputs and counters of passes, each with other rounds in the memories."""
    pe = PeChecker(dut, hold)
    await pe.start()
    for groups in (1, 2):
        settings = pe.random_pass(joined=joined or pe.config.segments == 1)
        rounds = [integer_round(pe.config, settings, pe.bench.rng, groups=groups) for _ in range(4)]
        await pe.load_rounds(rounds)
        for _ in range(2):
            await pe.run(settings, rounds)
