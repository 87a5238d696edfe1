"""Seeded faults in the RTL: the comparison with the golden model finds every one of them."""

import re

import pytest

from zskip.hw.eie.verilog import TOP_MODULE, array_verilog
from zskip.model.common.errors import RunFailure
from zskip.model.eie.accelerator import run
from zskip.model.eie.config import TINY
from zskip.verif.common.simulator import Simulator, build
from zskip.verif.eie.compare import check_simulation
from zskip.verif.eie.random_network import random_activations, random_network
from zskip.verif.eie.simulate import simulate_network

CONFIG = TINY.replace(queue_depth=2)
SIZES = (60, 40, 24)

FAULTS = {
    "no bypass between neighbors": (r"p_repeats_row \? s_sum : p_accumulator", "p_accumulator"),
    "wrong row for the bypass at distance two": (r"s_row == m_row", "s_row != m_row"),
    "pointer banks not exchanged": (r"is_odd \? .* : r_data", "r_data"),
    "bias for a row that holds a sum": (r"touched >> arriving_row", "1'h0"),
    "row address subtracts the run": (r"d_row \+ i__payload", "d_row - i__payload"),
    "ReLU in every layer": (r"scaled\[32\] & settings__relu", "scaled[32]"),
    "shift without sign": (r"\$signed\(rounded\) >>> ", "rounded >> "),
    "same word again": (r"word \+ 1'h1;\n(?=(.*\n)*.*last_word)", "word;\n"),
}
"""What to look for in the Verilog, and what to put in its place."""


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found(fault: str, seed: int) -> None:
    pattern, replacement = FAULTS[fault]
    faulty, count = re.subn(pattern, replacement, array_verilog(CONFIG), count=1)
    assert count == 1
    network = random_network(CONFIG, SIZES, 0.3, seed)
    activations = random_activations(SIZES[0], 4, seed)
    model = run(network, activations)
    compiled = build(faulty, top=TOP_MODULE, simulator=Simulator.ICARUS)

    def compare() -> None:
        simulation = simulate_network(network, activations, compiled, patience=2000)
        check_simulation(network, activations, model, simulation)

    with pytest.raises(RunFailure, match=r"must equal the golden model|must pass"):
        compare()
