"""Drivers and monitors of Amaranth streams (valid, ready, payload) in a cocotb bench.

They belong to a `Testbench`: they pause, check and record. Quick ones that always go on are in
`zskip.verif.common.words`.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import repeat
from random import Random
from typing import Any

import numpy as np

from zskip.verif.common.testbench import Agent, Testbench

BURST = 8
"""Mean length of the stretches of the pattern ``bursts``, in cycles."""

PATTERNS = ("never", "seldom", "mostly", "bursts")
"""Patterns of pauses with which a stream gets on."""

_PROBABILITY = {"never": 0.0, "seldom": 0.25, "mostly": 0.75, "always": 1.0}


def pauses(pattern: str, rng: np.random.Generator) -> Iterator[bool]:
    """Say for one cycle after the other whether one side of a stream pauses.

    Parameters
    ----------
    pattern : {'never', 'seldom', 'mostly', 'always', 'bursts'}
        Never, in a random quarter of the cycles, in three quarters, always, or in stretches of
        random length that take turns with stretches without a pause.
    rng : numpy.random.Generator
        Where randomness comes from.

    Yields
    ------
    bool
        Without an end.
    """
    if pattern != "bursts":
        probability = _PROBABILITY[pattern]
        while True:
            yield bool(rng.random() < probability)
    pausing = bool(rng.integers(2))
    while True:
        yield from repeat(pausing, int(rng.geometric(1 / BURST)))
        pausing = not pausing


class StreamMonitor(Agent):
    """Agent that records what a stream transfers, and checks the rule of streams.

    Once valid is 1, valid and payload hold until ready is 1 in the same cycle; that is the
    transfer.

    Parameters
    ----------
    bench : Testbench
    name : str
        Name of the stream's member, or of an AXI channel, see `Testbench.stream`.

    Attributes
    ----------
    items : list
        Payloads transferred.
    cycles : list of int
        The cycle of each.
    offered : bool
        Whether valid was 1 in the last cycle.
    """

    def __init__(self, bench: Testbench, name: str) -> None:
        self.items: list[Any] = []
        self.cycles: list[int] = []
        self.offered = False
        self.name = name
        self._valid, self._ready, self._payload = bench.stream(name)
        self._held: int | None = None
        super().__init__(bench)

    def __repr__(self) -> str:
        return self.name

    def clear(self) -> None:
        """Forget what was recorded."""
        self.items.clear()
        self.cycles.clear()

    def sample(self, cycle: int) -> None:
        """Look at one cycle of the stream."""
        self.offered = bool(self._valid.bits)
        if not self.offered:
            assert self._held is None, f"{self.name}: valid fell in cycle {cycle} without ready"
            return
        payload = self._payload.bits
        assert self._held in (None, payload), (
            f"{self.name}: the payload changed in cycle {cycle} without ready"
        )
        self._held = payload
        if self._ready.bits:
            self._held = None
            self.items.append(self._payload.value)
            self.cycles.append(cycle)
            self.transferred()

    def transferred(self) -> None:
        """Take note of a transfer."""

    def reset(self) -> None:
        """Let go of what was offered."""
        self.offered = False
        self._held = None


class StreamSource(StreamMonitor):
    """Agent that feeds a stream of the unit.

    It shows random payloads while valid is 0.

    Parameters
    ----------
    bench : Testbench
    name : str
        Name of the stream's member.
    pattern : str
        When to pause, see `pauses`.
    """

    def __init__(self, bench: Testbench, name: str, pattern: str = "never") -> None:
        super().__init__(bench, name)
        # Of NumPy, every bit pattern takes longer than the cycle that it is for.
        self._noise = Random(int(bench.rng.integers(1 << 32)))
        self.pause(pattern)
        self._pending: deque[int | Mapping[str, int]] = deque()
        self._offering = False

    @property
    def empty(self) -> bool:
        """Whether everything was transferred."""
        return not self._pending

    @property
    def left(self) -> int:
        """Items that were not transferred yet."""
        return len(self._pending)

    def pause(self, pattern: str) -> None:
        """Pause by another pattern from the next cycle on."""
        self._pauses = pauses(pattern, self.bench.rng)

    def send(self, items: Iterable[int | Mapping[str, int]]) -> None:
        """Add items to what is fed from the next cycle on."""
        self._pending.extend(items)

    def drive(self) -> None:
        """Offer the next item, or pause between items."""
        if not self._offering and self._pending and not next(self._pauses):
            self._offering = True
            self._payload.set(self._pending[0])
        elif not self._offering:
            self._payload.set_bits(self._noise.getrandbits(self._payload.width))
        self._valid.set(self._offering)

    def transferred(self) -> None:
        """Go on to the next item."""
        self._pending.popleft()
        self._offering = False

    def reset(self) -> None:
        """Send nothing more."""
        super().reset()
        self._pending.clear()
        self._offering = False


class StreamSink(StreamMonitor):
    """Agent that takes from a stream of the unit.

    Parameters
    ----------
    bench : Testbench
    name : str
        Name of the stream's member.
    pattern : str
        When to pause, see `pauses`.
    """

    def __init__(self, bench: Testbench, name: str, pattern: str = "never") -> None:
        super().__init__(bench, name)
        self.pause(pattern)

    def pause(self, pattern: str) -> None:
        """Pause by another pattern from the next cycle on."""
        self._pauses = pauses(pattern, self.bench.rng)

    def drive(self) -> None:
        """Be ready, or pause."""
        self._ready.set(not next(self._pauses))
