"""Seeded faults in the paged queue: the golden model finds every one of them."""

import pytest

from tests.verif.eie.compare import compare
from tests.verif.seeded import check_patterns, with_fault
from zskip.hw.eie.verilog import array_verilog
from zskip.model.common.errors import RunFailure
from zskip.model.eie.config import TINY
from zskip.model.eie.network import Network
from zskip.verif.eie.stimulus import random_network

CONFIG = TINY.replace(broadcast_rounds=1, register_depth=8)
SIZES = (60, 57, 30, 9)
DENSITY = 0.5
"""Columns of about four entries, on pages of 16: one behind the other on a page, on the next one,
and far from each other where activations are zero."""

FAULTS = {
    "no column turns the page": (r"\(oldest \+ [^)]*\)", "oldest"),
    "every column is on the newest page": (r"queue__alone \? newest :", "1'h1 ? newest :"),
    "a column that is alone is close": (r"queue__alone \? newest :", "1'h0 ? newest :"),
    "no column is far": (r"(assign far =) [^;]*;", r"\1 1'h0;"),
    "every column is far": (r"(assign far =) [^;]*;", r"\1 1'h1;"),
    "the next page is far": (r"newest != \(previous [^)]*\)", "newest != previous"),
    "the next column does not wait": (r"(assign waits =) [^;]*;", r"\1 1'h0;"),
    "the next column waits for the last one": (r"held & ~queue__alone", "held"),
    "a column in an empty queue is on the page before": (r"held \? page :", "1'h1 ? page :"),
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


def test_every_fault_has_a_place(verilog: str) -> None:
    check_patterns(verilog, FAULTS.values())


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found(fault: str, verilog: str, network: Network, seed: int) -> None:
    faulty = with_fault(verilog, *FAULTS[fault])
    with pytest.raises(RunFailure, match=r"must equal the golden model|must pass"):
        compare(network, faulty, seed)


def test_without_a_fault_nothing_is_found(verilog: str, network: Network, seed: int) -> None:
    compare(network, verilog, seed)
