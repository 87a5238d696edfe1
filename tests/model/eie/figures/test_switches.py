"""Switches of the configuration; oracle: the definition of the format."""

from zskip.model.eie.config import PAPER, TUNED, WIDE
from zskip.model.eie.figures.switches import SWITCHES, switch_bits, switched, variants


def test_the_named_configurations_are_none_and_all() -> None:
    paper = PAPER.replace(grouped_pointers=1)
    one_lane = WIDE.replace(lanes=1)
    assert switched(paper, set(SWITCHES)) == WIDE
    assert switched(WIDE, set()) == paper
    assert switched(WIDE, set(SWITCHES) - {"lanes"}) == one_lane
    assert variants(paper) == variants(WIDE)
    assert variants(paper)["none"] == paper
    assert variants(paper)["all"] == WIDE
    assert variants(paper)["all but lanes"] == one_lane
    assert variants(paper)["all but free_padding"] == WIDE.replace(free_padding=0)
    assert variants(paper)["free_padding alone"] == paper.replace(free_padding=1)
    assert len(set(variants(paper).values())) == 14


def test_a_switch_keeps_its_own_value() -> None:
    assert switched(TUNED.replace(column_queue_depth=5), set(SWITCHES)).column_queue_depth == 5


def test_bits() -> None:
    assert sum(switch_bits(PAPER).values()) == 0
    # What Yosys counts for the Verilog of a PE with and without each switch.
    bits = {"column_queue_depth": 457, "free_padding": 18, "balanced_rows": 0}
    rounds = {"broadcast_rounds": 16, "broadcast_groups": 0}
    assert switch_bits(TUNED) == bits | rounds | {"lanes": 0, "spmat_banks": 0}
    on = {"column_queue_depth": 1001, "lanes": 2027, "spmat_banks": 180}
    assert switch_bits(WIDE) == bits | rounds | on
    off = {"column_queue_depth": 553, "broadcast_rounds": 0}
    assert switch_bits(TUNED.replace(broadcast_rounds=0)) == switch_bits(TUNED) | off
    assert switch_bits(WIDE.replace(broadcast_groups=1))["broadcast_groups"] == 645
    # Two banks take several lanes to be used.
    assert switch_bits(WIDE.replace(lanes=1))["spmat_banks"] == 0
