"""Configurations; oracles: the rules as messages, and the sizes of the paper's build."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.errors import InputError
from zskip.model.eie.config import NAMED, PAPER, RANGES, TINY, TUNED, WIDE, Config


@st.composite
def configs(draw: st.DrawFn) -> Config:
    """Configurations of all sizes."""
    values = {name: draw(st.integers(*bounds)) for name, bounds in RANGES.items()}
    values["pe_count"] = draw(st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128, 256]))
    values["activation_depth"] = 1 << draw(st.integers(2, 14))
    step = 4 if values["grouped_pointers"] else 2
    values["pointer_depth"] = draw(st.integers(1, (1 << 19) // step)) * step
    entry_bits = values["weight_bits"] + values["run_bits"]
    values["entries_per_word"] = draw(
        st.sampled_from([count for count in (1, 2, 4, 8, 16, 32) if count * entry_bits <= 64])
    )
    fitting = [lanes for lanes in (1, 2, 4, 8) if lanes <= values["entries_per_word"]]
    values["lanes"] = draw(st.sampled_from(fitting))
    values["accumulator_banks"] = values["lanes"] << draw(st.integers(0, 3))
    values["double_input"] *= not (values["streamed"] or values["parity"])
    return Config(**values)


def test_the_paper_build() -> None:
    """EIE paper, sections IV and V."""
    assert PAPER.pe_count == 64
    assert PAPER.queue_depth == 8
    assert PAPER.word_bits == 64
    assert PAPER.entries_per_word == 8
    assert PAPER.spmat_depth * PAPER.word_bits // 8 == 128 * 1024
    assert PAPER.spmat_entries == 131072
    # The largest of the paper's own layers has 25,088 columns.
    assert PAPER.pointer_depth == 32768
    assert 2 * PAPER.activation_depth * 16 // 8 == 2 * 1024
    assert PAPER.vector_depth == 32768
    assert (PAPER.column_queue_depth, PAPER.free_padding, PAPER.balanced_rows) == (0, 0, 0)
    assert PAPER.register_depth == 64
    assert PAPER.codebook_size == 16
    assert PAPER.codebook_words == 4
    assert PAPER.max_run == 15
    assert PAPER.pe_bits == 6
    assert PAPER.row_bits == 6
    assert PAPER.activation_row_bits == 9
    assert PAPER.index_bits == 15
    assert PAPER.gap_bits == 2
    assert PAPER.slot_bits == 3
    assert PAPER.word_address_bits == 14
    # One past the end of a full memory needs one bit more than its addresses.
    assert PAPER.pointer_bits == 18
    assert PAPER.pair_bits == 14
    assert PAPER.bias_address_bits == 8


def test_names() -> None:
    assert NAMED == {"paper": PAPER, "tuned": TUNED, "wide": WIDE, "tiny": TINY}
    switches = {"column_queue_depth": 14, "free_padding": 1, "balanced_rows": 1}
    assert PAPER.replace(**switches, grouped_pointers=1, broadcast_rounds=1) == TUNED
    assert TUNED.replace(lanes=4, column_queue_depth=32, spmat_banks=2) == WIDE
    assert WIDE.multipliers == 4 * TUNED.multipliers
    assert TINY.pe_count == 4


@given(configs())
def test_widths_hold_what_they_must(config: Config) -> None:
    def holds(bits: int, largest: int) -> bool:
        return bits >= 1 and largest < 1 << bits and (bits == 1 or largest >= 1 << (bits - 1))

    assert 1 << config.pe_bits == config.pe_count
    assert holds(config.row_bits, config.register_depth - 1)
    assert holds(config.word_address_bits, config.spmat_depth - 1)
    assert holds(config.pointer_bits, config.spmat_entries)
    assert holds(config.pair_bits, config.pointer_words - 1)
    assert holds(config.bias_address_bits, config.bias_depth - 1)
    assert 1 << config.slot_bits == config.entries_per_word
    assert 1 << config.activation_row_bits == config.activation_depth
    assert config.index_bits == config.activation_row_bits + config.pe_bits
    most_padding = (config.register_depth - 1) // (config.max_run + 1)
    assert config.gap_bits == 1 if most_padding == 0 else holds(config.gap_bits, most_padding)
    assert config.entry_bits == config.weight_bits + config.run_bits
    assert config.word_bits <= 64
    assert config.vector_depth == config.pe_count * config.activation_depth
    assert config.pes_per_beat == min(4, config.pe_count)
    assert config.bank_depth * config.accumulator_banks >= config.register_depth
    assert 1 << config.bank_bits == config.accumulator_banks
    assert config.codebook_words * 4 == config.codebook_size == 1 << config.weight_bits


@pytest.mark.parametrize("pe_count", [-4, 0, 3, 6, 100, 512, 1024])
def test_pe_count_is_a_power_of_two(pe_count: int) -> None:
    with pytest.raises(InputError) as caught:
        Config(pe_count=pe_count)
    assert str(caught.value) == (
        f"pe_count must be a power of two from 1 to 256, not {pe_count}: "
        "choose one of 1, 2, 4, 8, 16, 32, 64, 128, 256"
    )


@pytest.mark.parametrize(("name", "bounds"), RANGES.items())
@pytest.mark.parametrize("beyond", [-1, 1])
def test_ranges(name: str, bounds: tuple[int, int], beyond: int) -> None:
    low, high = bounds
    value = low - 1 if beyond < 0 else high + 1
    with pytest.raises(InputError) as caught:
        PAPER.replace(**{name: value})
    assert str(caught.value) == f"{name} must be from {low} to {high}, not {value}"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"entries_per_word": 6}, "entries_per_word must be a power of two, not 6"),
        (
            {"weight_bits": 5},
            "a sparse-matrix word must have at most 64 bits, not 8 entries x 9 bits = 72: "
            "choose fewer entries_per_word",
        ),
        (
            {"activation_depth": 63},
            "activation_depth must be a power of two, not 63: choose 64",
        ),
        ({"pointer_depth": 9}, "pointer_depth must be even (two banks), not 9: choose 10"),
        ({"lanes": 3}, "lanes must be 1, 2, 4 or 8, not 3"),
        (
            {"lanes": 4, "entries_per_word": 2},
            "lanes must be at most entries_per_word, 2, not 4: a cycle takes no more than a word "
            "has",
        ),
        ({"accumulator_banks": 12}, "accumulator_banks must be a power of two, not 12"),
        (
            {"lanes": 8, "accumulator_banks": 4},
            "accumulator_banks must be at least lanes, 8, not 4: entries of one cycle go to "
            "different banks",
        ),
        (
            {"grouped_pointers": 1, "pointer_depth": 10},
            "pointer_depth must be a multiple of 4 (groups), not 10: choose 12",
        ),
        (
            {"double_input": 1, "streamed": 1},
            "double_input=1 must come with streamed=0 and parity=0, not streamed=1 and parity=0: "
            "runs would overlap whose tiles or errors are told apart by the run; choose one of "
            "them",
        ),
        ({"acc_bits": 32.0}, "acc_bits must be an integer, not 32.0"),
        ({"pe_count": True}, "pe_count must be an integer, not True"),
        ({"queue_depth": "8"}, "queue_depth must be an integer, not '8'"),
        (
            {"depth": 8},
            "a configuration field must be one of pe_count, queue_depth, column_queue_depth, "
            "free_padding, balanced_rows, grouped_pointers, weight_bits, run_bits, "
            "entries_per_word, spmat_depth, pointer_depth, bias_depth, register_depth, "
            "activation_depth, pass_count, acc_bits, lanes, accumulator_banks, parity, "
            "streamed, spmat_banks, broadcast_rounds, broadcast_groups, double_input, "
            "split_products, not 'depth'",
        ),
    ],
)
def test_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        PAPER.replace(**changes)
    assert str(caught.value) == message


def test_replace_leaves_the_rest() -> None:
    changed = PAPER.replace(pe_count=16, acc_bits=40)
    assert (changed.pe_count, changed.acc_bits) == (16, 40)
    assert changed.replace(pe_count=64, acc_bits=32) == PAPER
