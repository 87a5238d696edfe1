"""Checker of a whole block of any engine."""

from collections import deque

from zskip.model.common.stream import ErrorCode
from zskip.verif.common.block_stimulus import Words
from zskip.verif.common.streams import StreamSink, StreamSource
from zskip.verif.common.testbench import Agent, Testbench

MARGIN = 100
"""Cycles in which something must happen, beside those that are predicted."""

TILE_PATIENCE = 10
"""Cycles in which a word of a tile must come."""


class BlockChecker(Agent):
    """Checker of all ports of a block, cycle by cycle.

    A start is accepted where it rises while the block is not ``busy``, which is 1 from the cycle
    after it to the one in which ``done`` is 1.
    ``i`` is not taken while ``busy``, unless weights are streamed or the next inputs may come.
    ``overflow`` falls only behind such a start, rises only during a run, and is what is expected
    when the run is done. ``error`` is the first error that is allowed. Words come in the order and
    within the cycles that are expected.

    Parameters
    ----------
    bench : Testbench
    source : StreamSource
        Feeds `i`; made before.
    sink : StreamSink
        Takes from `o`; made before.
    streamed : int
        Words of the tiles of a run.
    ahead : bool
        Whether the next inputs may come during a run.

    Attributes
    ----------
    running : bool
        Whether a run is under way in the next cycle.
    runs : int
        Runs that have ended.
    errors : tuple of int
        What `error` may be from now on, the one before it included.
    """

    def __init__(
        self,
        bench: Testbench,
        source: StreamSource,
        sink: StreamSink,
        *,
        streamed: int = 0,
        ahead: bool = False,
    ) -> None:
        self.source, self.sink, self.streamed, self.ahead = source, sink, streamed, ahead
        self.runs = 0
        self.reset()
        super().__init__(bench)

    def reset(self) -> None:
        """Expect a block at rest."""
        self.running = self._accepted = self._started = False
        self.errors: tuple[int, ...] = (ErrorCode.NONE,)
        self._error = int(ErrorCode.NONE)
        self._overflow = 0
        self._waited = 0
        self.expect([], [], None)

    def expect(
        self,
        packets: list[Words],
        cycles: list[int],
        overflow: bool | None,
        *,
        headers: bool = False,
    ) -> None:
        """Expect the results of the next run.

        Parameters
        ----------
        packets : list of list of int
            Its result packets.
        cycles : list of int
            Cycles in front of each, and behind the last one if a pass that sends nothing follows.
        overflow : bool, optional
            The flag at its end, if that is known.
        headers : bool
            Compare headers and lengths alone, and let the packets take longer.
        """
        self._beats = deque(
            (word, int(number == len(packet) - 1), number == 0 or not headers)
            for packet in packets
            for number, word in enumerate(packet)
        )
        patience = 10 if headers else 1
        margin = MARGIN + TILE_PATIENCE * self.streamed
        self._limits = deque(
            margin + (allowed * patience if number == 0 else 0)
            for packet, allowed in zip([*packets, [0]], cycles, strict=False)
            for number in range(len(packet))
        )
        self._expected_overflow = overflow

    @property
    def owed(self) -> int:
        """Words that the run under way still owes."""
        return len(self._beats)

    def sample(self, cycle: int) -> None:
        """Compare all ports, and move on."""
        start, busy, done = (self.bench[name].number for name in ("start", "busy", "done"))
        assert busy == self.running, f"busy in cycle {cycle}"
        taken = self.bench["i__ready"].number and not (self.streamed or self.ahead)
        assert not (busy and taken), f"i is taken in busy cycle {cycle}"
        assert not (done and not busy), f"done without a run in cycle {cycle}"
        self._check_results(cycle)
        self._check_flags(cycle)
        self._check_progress(cycle)
        if done:
            assert not self._beats, f"done before {len(self._beats)} words, in cycle {cycle}"
            self.runs += 1
            self._waited = 0
        self._accepted = bool(start and not self._started and not busy)
        self._started = bool(start)
        self.running = self._accepted or bool(busy and not done)

    def _check_results(self, cycle: int) -> None:
        """Compare a word that was taken."""
        assert self.running or not self.sink.offered, f"a word without a run in cycle {cycle}"
        if self.sink.cycles[-1:] != [cycle]:
            return
        assert self._beats, f"a word too many in cycle {cycle}"
        word, last, exact = self._beats.popleft()
        self._limits.popleft()
        given = self.sink.items[-1]
        if exact:
            assert given["data"] == word, (
                f"{given['data']:#x} in place of {word:#x} in cycle {cycle}, "
                f"{len(self._beats)} words before the end"
            )
        assert given["last"] == last, f"last in cycle {cycle}"

    def _check_flags(self, cycle: int) -> None:
        """Check when `overflow` and `error` change."""
        overflow, error = self.bench["overflow"].number, self.bench["error"].number
        if self._accepted:
            assert not overflow, f"overflow behind the start, in cycle {cycle}"
        else:
            assert overflow >= self._overflow, f"overflow fell in cycle {cycle}"
            assert overflow == self._overflow or self.running, f"overflow rose in cycle {cycle}"
        if self.bench["done"].number and self._expected_overflow is not None:
            assert overflow == self._expected_overflow, f"overflow at the end, cycle {cycle}"
        self._overflow = overflow
        assert error in self.errors, f"error {error} in cycle {cycle}"
        assert self._error in (ErrorCode.NONE, error), f"the error changed in cycle {cycle}"
        self._error = error

    def _check_progress(self, cycle: int) -> None:
        """Check that the block does something within the cycles that it has."""
        if self.running:
            moves = self.sink.offered or self._accepted
            limit = self._limits[0] if self._limits else MARGIN + TILE_PATIENCE * self.streamed
        else:
            moves = not self.source.offered or self.source.cycles[-1:] == [cycle]
            limit = MARGIN
        self._waited = 0 if moves else self._waited + 1
        assert self._waited <= limit, f"nothing for {self._waited} cycles up to cycle {cycle}"
