"""Seeded faults in the RTL: the comparison with the golden model finds every one of them."""

import re

import pytest

from zskip.hw.eie.names import TOP_MODULE
from zskip.hw.eie.verilog import array_verilog
from zskip.model.common.errors import RunFailure
from zskip.model.eie.accelerator import run
from zskip.model.eie.config import TINY
from zskip.model.eie.network import Network
from zskip.verif.common.simulator import Simulator, build
from zskip.verif.eie.block import BLOCK
from zskip.verif.eie.stimulus import random_activations, random_network

CONFIG = TINY.replace(
    queue_depth=2, run_bits=1, entries_per_word=2, register_depth=8, activation_depth=16
)
SIZES = (59, 57, 29)
DENSITY = 0.15
"""Enough padding for words of nothing else, columns that begin in the middle of a word, layers of
several passes, and vectors that end in the middle of a word."""

FAULTS = {
    "no bypass between neighbors": (
        r"p_repeats_row \? s_exact\[31:0\] : p_accumulator",
        "p_accumulator",
    ),
    "wrong row for the bypass at distance two": (r"s_row == m_row", "s_row != m_row"),
    "pointer banks not exchanged": (r"is_odd \? \w+ : (\w+)", r"\1"),
    "bias for a row that holds a sum": (r"touched\[r_port__addr\]", "1'h0"),
    "rows are not cleared by the write-back": (r"port__w_en \| port__w_clear", "port__w_en"),
    "row address subtracts the run": (r"d_row \+ i__payload", "d_row - i__payload"),
    "ReLU in every layer": (r"scaled\[32\] & relu", "scaled[32]"),
    "shift without sign": (r"\$signed\(i_rounded\) >>> ", "i_rounded >> "),
    "same word again": (r"(if \(fetch\) begin\n +word <= word) \+ 9'h1", r"\1"),
    "skipped padding is not counted": (r"place - \(.*\)", "2'h0"),
    "padding is counted from the last entry itself": (r"place \+ 2'h1", "place"),
    "padding in a dropped first word is lost": (r"(i__payload\[\d+\]) \| first_dropped", r"\1"),
    "words of padding wait": (r"dropped \| (~waiting_valid)", r"\1"),
    "values behind the input vector are sent": (
        r"\(\{1'h0,\s+held_word,\s+2'h3,\s+pe\}\s+<\s+inputs\)",
        "1'h1",
    ),
    "nothing more while the last word is scanned": (
        r"(assign o__more = ).* \| remaining",
        r"\1remaining",
    ),
    "always more": (r"(assign o__more = ).* \| remaining", r"\g<1>1'h1"),
    "the next child starts too early": (r"~i__0__more", "1'h1"),
    "outputs over the inputs": (r"row_half = ~half", "row_half = half"),
    "inputs from the half of the outputs": (
        r"\{half, next_word",
        "{~half, next_word",
    ),
    "the halves change roles in every pass": (
        r"half \^ word_0\[59\]",
        "~half",
    ),
    "every pass writes the first rows": (r"row_base \+ (\{.*i_row\})", r"\1"),
    "write-back ends one cycle early": (r"settle == 3'h5", "settle == 3'h4"),
}
"""What to look for in the Verilog, and what to put in its place."""


@pytest.fixture(scope="module")
def verilog() -> str:
    """The array without a fault."""
    return array_verilog(CONFIG)


@pytest.fixture(scope="module")
def network(seed: int) -> Network:
    """What the array runs."""
    return random_network(CONFIG, SIZES, DENSITY, seed)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found(fault: str, verilog: str, network: Network, seed: int) -> None:
    faulty, count = re.subn(*FAULTS[fault], verilog)
    assert count
    activations = random_activations(SIZES[0], 4, seed)
    model = run(network, activations)
    compiled = build(faulty, top=TOP_MODULE, simulator=Simulator.ICARUS)

    def compare() -> None:
        simulation = BLOCK.simulate(network, activations, compiled)
        BLOCK.check(network, model, simulation)

    with pytest.raises(RunFailure, match=r"must equal the golden model|must pass"):
        compare()


def test_without_a_fault_nothing_is_found(verilog: str, network: Network, seed: int) -> None:
    activations = random_activations(SIZES[0], 4, seed)
    compiled = build(verilog, top=TOP_MODULE, simulator=Simulator.ICARUS)
    simulation = BLOCK.simulate(network, activations, compiled)
    BLOCK.check(network, run(network, activations), simulation)
