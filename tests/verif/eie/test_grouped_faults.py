"""Seeded faults in the grouped pointer read: the golden model finds every one of them."""

import pytest

from tests.verif.eie.compare import compare
from tests.verif.seeded import with_fault
from zskip.hw.eie.verilog import array_verilog
from zskip.model.common.errors import RunFailure
from zskip.model.eie.config import TINY
from zskip.model.eie.network import Network
from zskip.model.eie.program import plan
from zskip.verif.eie.stimulus import random_network

CONFIG = TINY.replace(grouped_pointers=1)
SIZES = (37, 50, 12, 10)

FAULTS = {
    "groups of pairs in every pass": (r"(i__payload\[\d+:\d+\]) >>\s+group_bits", r"\1 >> 1"),
    "counts of two bits are not added": (r"group_bits >= 3'h4", "1'h0"),
    "counts of four bits are not added": (r"group_bits >= 3'h3", "1'h0"),
    "a column starts at its second entry": (r"(t\d+\[3:0\]) > (4'h)", r"\1 >= \2"),
    "a column has an entry too few": (r"(count\[\d:0\] - \d'h)1", r"\g<1>2"),
    "the count of the first column": (r">> \{o_piece, 1'h0\}", ">> 1'h0"),
    "carries are lost": (r" \+\s+carries", ""),
    "the place of the first column": (r"place <= i_place", "place <= 0"),
    "the base of another pass": (r"pointer_base \+ ", ""),
}
"""What to look for in the Verilog, and what to put in its place."""


@pytest.fixture(scope="module")
def verilog() -> str:
    """The array without a fault."""
    return array_verilog(CONFIG)


@pytest.fixture(scope="module")
def network(seed: int) -> Network:
    """Layers with groups of 8 and of 16 columns."""
    network = random_network(CONFIG, SIZES, 0.4, seed)
    assert {entry.group_bits for entry in plan(network).passes} >= {3, 4}
    return network


@pytest.mark.parametrize("fault", ["none", *FAULTS])
def test_faults_are_found_and_nothing_else(
    fault: str, verilog: str, network: Network, seed: int
) -> None:
    if fault == "none":
        compare(network, verilog, seed)
        return
    faulty = with_fault(verilog, *FAULTS[fault])
    with pytest.raises(RunFailure, match=r"must equal the golden model|must pass"):
        compare(network, faulty, seed)
