"""Cycles of the engines; oracle: engines, buffers and queues that are advanced cycle by cycle."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.bitlet.config import BITLET, Config
from zskip.model.bitlet.engine_cycles import engine_cycles, lane_cycles, lane_starts, layer_cycles
from zskip.model.bitlet.finder import Finder
from zskip.model.common.fixed import IntArray


@dataclass
class Engine:
    """Oracle: one engine, whose lanes count down the cycles of their groups."""

    left: list[list[int]]
    beats: int
    fetched: int = 0
    loaded: int = 0
    ended: int = 0
    row_ended: int = 0
    starts: dict[tuple[int, int], int] = field(default_factory=dict)

    def work(self, cycle: int, ahead: int, row_groups: int, earliest: int) -> bool:
        """Advance the lanes; tell whether the oldest group may end, so long behind the last row."""
        self.row_ended += 1
        row_end = self.ended - self.ended % row_groups + row_groups
        visible = min(self.loaded // self.beats, self.ended + ahead, row_end)
        for lane in range(len(self.left[0])):
            for group in range(self.ended, visible):
                if self.left[group][lane]:
                    self.starts.setdefault((group, lane), cycle)
                    self.left[group][lane] -= 1
                    break
        if self.ended >= visible or any(self.left[self.ended]):
            return False
        if (self.ended + 1) % row_groups:
            return True
        return self.ended < row_groups or self.row_ended >= earliest

    def load(self, config: Config, offered: int, *, floating: bool) -> None:
        """Load a beat, if a buffer is free and the activations are there.

        In floating point it comes from a line behind the queue, which has place for a group.
        """
        line = self.loaded // self.beats + 1 if floating else self.ended + config.buffers
        if self.fetched // self.beats < min(line, offered):
            self.fetched += 1
        if self.loaded // self.beats < self.ended + config.buffers and self.loaded < self.fetched:
            self.loaded += 1

    def end(self, row_groups: int) -> None:
        """End the oldest group."""
        self.ended += 1
        if self.ended % row_groups == 0:
            self.row_ended = 0


def stepped_cycles(
    taken: IntArray, config: Config, row_groups: int, rows: int, *, floating: bool
) -> int:
    """Oracle: count the cycles until all engines have ended all groups."""
    return stepped(taken, config, row_groups, rows, floating=floating)[0]


def stepped(
    taken: IntArray, config: Config, row_groups: int, rows: int, *, floating: bool
) -> tuple[int, list[Engine]]:
    """Oracle: advance the engines until all groups have ended; return the cycles too."""
    ahead = 1 if floating else config.run_ahead
    engines = [Engine(left=engine.tolist(), beats=config.beats) for engine in taken]
    groups = taken.shape[1]
    cycles = offered = beats = 0
    while any(engine.ended < groups for engine in engines):
        finished = [engine.work(cycles, ahead, row_groups, rows) for engine in engines]
        cycles += 1
        if not config.decoupled:
            offered = groups
        elif beats:
            beats -= 1
        elif offered < min(
            groups, min(engine.fetched for engine in engines) // config.beats + config.skew
        ):
            offered, beats = offered + 1, config.beats - 1
        for engine, done in zip(engines, finished, strict=True):
            engine.load(config, offered, floating=floating)
            if done if config.decoupled else all(finished):
                engine.end(row_groups)
    return cycles, engines


@st.composite
def arrays(draw: st.DrawFn) -> tuple[Config, IntArray, int]:
    """Any switches, the cycles of lanes in a few engines, and the groups of a row."""
    decoupled = draw(st.integers(0, 1))
    config = BITLET.replace(
        pairs=8,
        load_pairs=draw(st.sampled_from([1, 4, 8])),
        banks=draw(st.integers(1, 2)),
        run_ahead=draw(st.integers(1, 4)),
        decoupled=decoupled,
        skew=draw(st.integers(1, 3)) if decoupled else 0,
    )
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    engines, rows, row_groups, lanes = (draw(st.integers(1, 4)) for _ in range(4))
    most = draw(st.sampled_from([1, 4, 9]))
    taken = rng.integers(0, most, (engines, rows * row_groups, lanes), endpoint=True)
    # Engines that are idle for a while run into the ends of their queues.
    taken *= rng.random((engines, rows * row_groups, 1)) < rng.random()
    return config, taken, row_groups


@given(arrays(), st.booleans(), st.sampled_from([1, 2, 5, 12]))
def test_against_stepped_engines(
    drawn: tuple[Config, IntArray, int], floating: bool, rows: int
) -> None:
    config, taken, row_groups = drawn
    expected = stepped_cycles(taken, config, row_groups, rows, floating=floating)
    assert engine_cycles(taken, config, row_groups, rows=rows, floating=floating) == expected


@given(arrays(), st.sampled_from([1, 2, 5, 12]))
def test_lanes_start_as_in_stepped_engines(drawn: tuple[Config, IntArray, int], rows: int) -> None:
    config, taken, row_groups = drawn
    starts = lane_starts(taken, config, row_groups, rows=rows)
    assert starts.shape == taken.shape
    for engine, own in zip(
        stepped(taken, config, row_groups, rows, floating=False)[1], starts, strict=True
    ):
        for place, cycle in engine.starts.items():
            assert own[place] == cycle


def test_rows_side_by_side_leave_one_after_the_other() -> None:
    """Groups of 2 cycles, one a row: each row ends 5 cycles behind the one in front."""
    config = BITLET.replace(pairs=8, load_pairs=8)
    taken = np.full((1, 4, 1), 2)
    assert engine_cycles(taken, config, 1, rows=5) == 1 + 2 + 3 * 5
    # Two groups a row hide 4 of the 5.
    assert engine_cycles(taken, config, 2, rows=5) == 1 + 2 + 2 + 5
    assert engine_cycles(taken, config, 4, rows=5) == 1 + 4 * 2


@given(arrays(), st.integers(0, 10**6))
def test_runs_are_independent(drawn: tuple[Config, IntArray, int], seed: int) -> None:
    config, taken, row_groups = drawn
    runs = np.random.default_rng(seed).permuted(np.stack([taken] * 3), axis=2)
    expected = [engine_cycles(run, config, row_groups) for run in runs]
    assert engine_cycles(runs, config, row_groups).tolist() == expected


@given(arrays())
def test_decoupled_engines_end_with_the_slowest(drawn: tuple[Config, IntArray, int]) -> None:
    """With a queue of all groups no engine waits for another; none is faster in lock step."""
    config, taken, row_groups = drawn
    config = config.replace(decoupled=1, skew=16)
    alone = [engine_cycles(engine[None], config, row_groups) for engine in taken]
    together = engine_cycles(taken, config, row_groups)
    assert together == max(alone)
    assert together <= engine_cycles(taken, config.replace(decoupled=0, skew=0), row_groups)


@pytest.mark.parametrize(
    ("changes", "cycles"),
    [
        # In lock step each of the four groups takes the slower engine's 6 cycles.
        ({}, 1 + 4 * 6),
        # With a queue each engine takes its own 14 cycles.
        ({"decoupled": 1, "skew": 2}, 1 + 2 * (6 + 1)),
    ],
)
def test_engines_that_are_slow_in_turn(changes: dict[str, int], cycles: int) -> None:
    config = BITLET.replace(pairs=8, load_pairs=8, **changes)
    taken = np.array([[6, 1, 6, 1], [1, 6, 1, 6]])[..., None]
    assert engine_cycles(taken, config, 4) == cycles


@pytest.mark.parametrize(("skew", "cycles"), [(1, 39), (2, 30), (3, 23)])
def test_a_short_queue_holds_the_others_up(skew: int, cycles: int) -> None:
    """One engine is slow first, the other last: both need 22 cycles behind the first load."""
    config = BITLET.replace(pairs=8, load_pairs=8, decoupled=1, skew=skew)
    taken = np.array([[9, 9, 1, 1, 1, 1], [1, 1, 1, 1, 9, 9]])[..., None]
    assert engine_cycles(taken, config, 6) == cycles
    assert stepped_cycles(taken, config, 6, 1, floating=False) == cycles


def test_lock_step_is_the_sum_of_the_slowest() -> None:
    rng = np.random.default_rng(3)
    taken = rng.integers(4, 30, (4, 20, 7))
    config = BITLET.replace(banks=1)
    assert engine_cycles(taken, config, 5) == 20 * config.beats + taken.max(axis=(0, 2)).sum()
    # Overlapped, only the first load shows, as every group takes longer than one.
    assert engine_cycles(taken, BITLET, 5) == config.beats + taken.max(axis=(0, 2)).sum()


def test_lane_cycles() -> None:
    magnitudes = np.random.default_rng(4).integers(0, 128, (2, 3, 64))
    for config in (BITLET, BITLET.replace(invert=0), BITLET.replace(window=8)):
        cycles = lane_cycles(magnitudes, 7, config)
        assert cycles.shape == (2, 3, 7)
        column = magnitudes[1, 2] >> 4 & 1 > 0
        assert cycles[1, 2, 4] == len(Finder(config).schedule(column).picks)


@given(
    st.integers(1, 9), st.integers(1, 3), st.sampled_from([0, 3]), st.booleans(), st.integers(0, 99)
)
def test_layers(outputs: int, groups: int, window: int, floating: bool, seed: int) -> None:
    """Two runs of two engines, which compute three outputs side by side, or one in floats."""
    packed = 1 if floating else 3
    config = BITLET.replace(
        pe_count=2, pairs=8, load_pairs=8, lanes=9, window=window, run_ahead=2, float_bits=0
    )
    magnitudes = np.random.default_rng(seed).integers(0, 8, (2, outputs, groups, 8))
    cycles = layer_cycles(magnitudes, 3, config, floating=floating)
    empty = np.zeros((groups, 8), dtype=np.int64)
    for run in range(2):
        engines = []
        for engine in range(2):
            own = list(magnitudes[run, engine::2])
            own += [empty] * (-(-outputs // (2 * packed)) * packed - len(own))
            steps = []
            for first in range(0, len(own), packed):
                taken = [lane_cycles(row, 3, config) for row in own[first : first + packed]]
                steps.append(np.concatenate(taken, axis=-1))
            engines.append(np.concatenate(steps))
        assert cycles[run] == engine_cycles(
            np.stack(engines), config, groups, rows=packed, floating=floating
        )


def test_floats_leave_a_queue_before_they_have_a_buffer() -> None:
    """So that the second engine begins its long group while the first one has its own."""
    config = BITLET.replace(pairs=8, load_pairs=8, banks=1, decoupled=1, skew=1)
    taken = np.array([[9, 1, 1], [1, 1, 9]])[..., None]
    assert engine_cycles(taken, config, 3, floating=True) == 14
    assert engine_cycles(taken, config, 3) == 21
