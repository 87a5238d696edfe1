"""Distilling; oracles: plain sums of products, and the ones of each column counted."""

import itertools
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.bitlet.config import BITLET, NAMED, Config
from zskip.model.bitlet.distil import distil
from zskip.model.bitlet.engine_cycles import engine_cycles, lane_cycles
from zskip.model.bitlet.finder import Finder
from zskip.model.bitlet.magnitude import sign_magnitude, twos_complement
from zskip.model.bitlet.row import Row
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import IntArray, wrap

SMALL = NAMED["tiny"].replace(lanes=4, float_bits=0)
PLAIN = SMALL.replace(banks=1, invert=0, segments=1, load_pairs=8)
"""Groups of 8 in 4 lanes, loaded in a cycle; no switch is on."""


class Machine(NamedTuple):
    """An engine with any switches, rows side by side, and the sums of their products."""

    config: Config
    rows: list[Row]
    sums: list[int]


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    """Any switches, and weights of any width, density and encoding."""
    lanes = draw(st.integers(1, 10))
    segments = draw(st.integers(1, 3))
    config = SMALL.replace(
        pairs=draw(st.sampled_from([8, 16])),
        load_pairs=draw(st.sampled_from([1, 2, 8])),
        lanes=draw(st.integers(-(-lanes // segments), 24 // segments)) * segments,
        window=draw(st.sampled_from([0, 0, 2, 3, 8])),
        invert=draw(st.integers(0, 1)),
        banks=draw(st.integers(1, 2)),
        run_ahead=draw(st.integers(1, 4)),
        segments=segments,
        acc_bits=draw(st.sampled_from([24, 48])),
    )
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    count = draw(st.integers(1, config.packed_rows(lanes)))
    signed, top = draw(st.booleans()), 1 << lanes
    low, high = (-top // 2, top // 2) if signed else (1 - top, top)
    shape = (count, draw(st.integers(1, 70)))
    weights = rng.integers(low, high, shape) * (rng.random(shape) < rng.random((count, 1)))
    activations = rng.integers(-(1 << 15), 1 << 15, shape)
    encode = twos_complement if signed else sign_magnitude
    rows = [encode(w, a, lanes, config.pairs) for w, a in zip(weights, activations, strict=True)]
    return Machine(config, rows, (weights * activations).sum(axis=1).tolist())


@given(machines())
def test_sums_of_products(machine: Machine) -> None:
    config, rows, sums = machine
    done = distil(rows, config, biases=list(range(len(rows))))
    wanted = [int(wrap(bias + total, config.acc_bits)) for bias, total in enumerate(sums)]
    assert list(done.sums) == wanted
    if config.acc_bits == 48:
        assert set(done.overflows) == {0}


@given(machines())
def test_terms_are_those_of_the_tree(machine: Machine) -> None:
    """What the lanes hand on, weighted, is the sum; and no lane has more terms than its picks."""
    config, rows, sums = machine
    terms = np.array(distil(rows, config).terms).reshape(-1, len(rows), rows[0].lanes)
    places = 1 << np.arange(rows[0].lanes)
    places[-1] *= -1 if rows[0].subtracted else 1
    assert (terms * places).sum(axis=(0, 2)).tolist() == sums
    picks = np.stack([Finder(config).cycles(row.columns()).sum(axis=0) for row in rows])
    assert ((terms != 0).sum(axis=0) <= picks).all()


@given(machines())
def test_cycles_are_those_of_the_cycle_model(machine: Machine) -> None:
    config, rows, _ = machine
    taken = np.concatenate(
        [lane_cycles(row.magnitudes, row.lanes, config) for row in rows], axis=-1
    )
    assert distil(rows, config).cycles == engine_cycles(taken[None], config, len(taken))


@given(machines())
def test_cycles_of_a_barrier_are_those_of_the_fullest_column(machine: Machine) -> None:
    config = machine.config.replace(run_ahead=1, banks=1, invert=0, window=0)
    ones = np.stack([row.columns().sum(axis=-1) for row in machine.rows]).max(axis=(0, 2))
    expected = (config.beats + np.maximum(ones, 1)).sum()
    assert distil(machine.rows, config).cycles == expected


@given(machines())
def test_inversion_and_more_buffers_never_cost_a_cycle(machine: Machine) -> None:
    rows, config = machine.rows, machine.config.replace(window=0, invert=0, banks=1, run_ahead=1)
    cycles = distil(rows, config).cycles
    for change in ({"invert": 1}, {"banks": 2}, {"run_ahead": 2}, {"load_pairs": config.pairs}):
        assert distil(rows, config.replace(**change)).cycles <= cycles
    inverted = distil(rows, config.replace(invert=1))
    groups = len(rows[0].terms)
    assert inverted.cycles <= groups * (config.beats + config.pairs // 2)


def single(weights: IntArray, activations: IntArray, config: Config = PLAIN) -> tuple[int, int]:
    """Return sum and cycles of a group, without those of loading it."""
    done = distil([sign_magnitude(weights, activations, config.lanes, config.pairs)], config)
    return done.sums[0], done.cycles - config.beats


def test_every_group_of_four_weights_of_two_bits() -> None:
    """Each bit is picked once: activations are powers of two, so nothing hides anything."""
    activations = np.array([1, 8, 64, 512])
    for invert in (0, 1):
        config = PLAIN.replace(lanes=2, invert=invert)
        for weights in itertools.product(range(-3, 4), repeat=4):
            total, cycles = single(np.array(weights), activations, config)
            assert total == sum(np.array(weights) * activations)
            columns = [sum(abs(w) >> bit & 1 for w in weights) for bit in (0, 1)]
            assert cycles == max(1, *columns)


@pytest.mark.parametrize(
    ("weight", "plain", "inverted"), [(0, 1, 1), (15, 64, 1), (-15, 64, 1), (1, 64, 1), (-8, 64, 1)]
)
def test_equal_weights(weight: int, plain: int, inverted: int) -> None:
    activations = np.arange(64) - 7
    config = BITLET.replace(lanes=4, segments=1, float_bits=0, invert=0)
    weights = np.full(64, weight)
    assert single(weights, activations, config) == (weight * activations.sum(), plain)
    expected = (weight * activations.sum(), inverted)
    assert single(weights, activations, config.replace(invert=1)) == expected


def test_a_single_one_takes_one_cycle_wherever_it_is() -> None:
    activations = np.arange(1, 9)
    for pair, lane in itertools.product(range(8), range(4)):
        weights = np.zeros(8, dtype=np.int64)
        weights[pair] = 1 << lane
        assert single(weights, activations) == ((pair + 1) << lane, 1)


def test_half_of_the_pairs_is_the_most_with_inversion() -> None:
    weights = np.array([15] * 4 + [0] * 4)
    assert single(weights, np.arange(8), PLAIN.replace(invert=1))[1] == 4
    assert single(15 - weights, np.arange(8), PLAIN.replace(invert=1))[1] == 4


def test_two_banks_hide_loading() -> None:
    """Three groups of 4, 1 and 5 cycles; loading takes 2 cycles each."""
    weights = np.zeros((3, 8), dtype=np.int64)
    for group, ones in enumerate((4, 1, 5)):
        weights[group, :ones] = 1
    row = sign_magnitude(weights.ravel(), np.ones(24), 4, 8)
    turns = PLAIN.replace(load_pairs=4)
    assert distil([row], turns).cycles == 3 * 2 + 4 + 1 + 5
    # The third group is loaded when the second has ended: one cycle of its two is not hidden.
    assert distil([row], turns.replace(banks=2)).cycles == 2 + 4 + 2 + 5


def test_lanes_run_ahead() -> None:
    """Lane 0 has 4 and 0 ones, lane 1 has 0 and 4: a barrier makes 8 cycles of 4."""
    weights = np.array([1] * 4 + [0] * 4 + [2] * 4 + [0] * 4)
    row = sign_magnitude(weights, np.ones(16), 2, 8)
    config = PLAIN.replace(banks=2)
    assert distil([row], config).cycles == 1 + 8
    # The second group is loaded a cycle behind the first, and lane 1 starts it then.
    assert distil([row], config.replace(run_ahead=2)).cycles == 2 + 4
    assert distil([row], config.replace(run_ahead=2)).sums == (4 + 8,)
    assert distil([row], config.replace(run_ahead=2), floating=True).cycles == 1 + 8


def test_accumulators_wrap_and_tell() -> None:
    config = BITLET.replace(acc_bits=24)
    row = sign_magnitude([1 << 23, -(1 << 23)], [1, 1], 24, 64)
    done = distil([row], config)
    # Both additions leave the range: 2**23 becomes -2**23, and that less 2**23 becomes 0.
    assert (done.sums, done.overflows) == ((0,), (2,))
    assert done.terms[config.beats][23] == 1
    assert done.terms[config.beats + 1][23] == -1


def test_lanes_that_are_off() -> None:
    weights, activations = np.array([0b1011, 0b0110, -0b1101]), np.array([7, -2, 9])
    row = sign_magnitude(weights, activations, 4, 8).masked(0b0110)
    kept = np.sign(weights) * (np.abs(weights) & 0b0110)
    assert distil([row], PLAIN).sums == (int(kept @ activations),)


def test_too_many_rows() -> None:
    row = sign_magnitude([1], [1], 8, 64)
    with pytest.raises(InputError) as caught:
        distil([row] * 4, BITLET)
    assert str(caught.value) == (
        "rows side by side must be at most 3, as many as fit 24 lanes, not 4: compute the others "
        "after them"
    )
