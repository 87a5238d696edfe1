"""Seeded faults in the RTL: the comparison with the golden model finds every one of them."""

import functools

import pytest

from tests.verif.eie.compare import compare
from tests.verif.seeded import check_patterns, with_fault
from zskip.hw.eie.verilog import array_verilog
from zskip.model.common.errors import RunFailure
from zskip.model.eie.config import TINY, Config
from zskip.model.eie.network import Network
from zskip.verif.eie.stimulus import random_network

CONFIG = TINY.replace(
    queue_depth=2, run_bits=1, entries_per_word=2, register_depth=8, activation_depth=16
)
SIZES = (59, 57, 27, 9)
DENSITY = 0.15
"""Enough padding for words of nothing else, columns that begin in the middle of a word, layers of
several passes, and vectors that end in the middle of a word."""

FAULTS = {
    "no bypass between neighbors": (
        r"p_repeats_row \? s_exact\[31:0\] : p_accumulator",
        "p_accumulator",
    ),
    "wrong row for the bypass at distance two": (r"s_row == m_row", "s_row != m_row"),
    "pointer banks not exchanged": (r"o_is_odd \? [\w\[\]:]+ : ([\w\[\]:]+)", r"\1"),
    "bias for a row that holds a sum": (r"arriving_touched \?", "1'h0 ?"),
    "a sum that is written while its row is read": (
        r"(touched\[port__r_row\]) \| \(port__w_en.*\)",
        r"\1",
    ),
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
        r"\(fetched_word == last_word\) \? last_lanes :",
        "1'h0 ? last_lanes :",
    ),
    "nothing more while the last word is scanned": (
        r"(searching <= )fetched \| (remaining)",
        r"\1\2",
    ),
    "always more": (r"(assign o__more = )o__stream__valid \| searching", r"\g<1>1'h1"),
    "the next child starts too early": (r"~i__0__more", "1'h1"),
    "a node loses its second activation": (r"waiting_valid <= 1'h1", "waiting_valid <= 1'h0"),
    "a column has an entry too few": (r"(o_odd\[2:0\]\)) \+ ~", r"\1 - 1'h1 + ~"),
    "outputs over the inputs": (r"row_half = ~half", "row_half = half"),
    "inputs from the half of the outputs": (
        r"\{half, scan_word",
        "{~half, scan_word",
    ),
    "the halves change roles in every pass": (
        r"half \^ word_0\[59\]",
        "~half",
    ),
    "every pass writes the first rows": (r"row_base \+ (\{.*i_row\})", r"\1"),
    "write-back ends one cycle early": (r"settle == 3'h5", "settle == 3'h4"),
    "the outputs of every pass are held as inputs": (r"word_0\[59\] & ~word_0\[60\]", "1'h1"),
    "a word that is held is read, too": (r"scan_word <= \{1'h0, next_known\}", "scan_word <= 2'h0"),
    "nothing comes behind a word that is held": (
        r"~\(next_known & \(last_word == 2'h0\)\)",
        "~next_known",
    ),
    "a run begins while its inputs arrive": (r" & ~loading", ""),
    "a run begins with the pass behind the last one": (
        r"\(control__compute & word_0\[60\] &\s+~program_memory__busy\)",
        "1'h0",
    ),
}
"""What to look for in the Verilog, and what to put in its place."""


LANES = CONFIG.replace(lanes=4, accumulator_banks=4, entries_per_word=4)
"""Several lanes, with two rows in a bank."""

LANE_FAULTS = {
    "a bank conflict is ignored": (r"entries\[12:11\] !=\s+entries\[5:4\]", "1'h1"),
    "a row sum leaves out the slots in front": (r"(\{1'h0, t3\} \+ \{1'h0, t2\}\)) \+ t5", r"\1"),
    "rows begin anew in each word": (r"first \? 3'h7 : before_1", "3'h7"),
    "a word of padding does not move the rows": (
        r"if \(leaves\)( begin\s+before_1)",
        r"if (leaves & ~dropped)\1",
    ),
    "entries that a block has no room for are lost": (
        r"(word\[46:44\] <= )t1 - 3'h4",
        r"\g<1>3'h0",
    ),
    "a block goes on with the next column": (r"(t1 >= 3'h4\)) \| word_last", r"\1"),
    "the window moves too far": (
        r"entries\[6:0\] <= entries\[20:14\]",
        "entries[6:0] <= entries[27:21]",
    ),
    "a lane adds to the other row of its bank": (
        r"(takes_1_1\s+\? )products\[39\]",
        r"\1~products[39]",
    ),
    "a bank forgets the sum of the last cycle": (r"touched\[row\] \? r_port__data", "1'h0 ? read"),
    "a bank is not cleared by the write-back": (r"if \(valid \| clear\)", "if (valid)"),
    "biases are left out": (r"\+ \{bias__r_data\[31\], bias__r_data\}", "+ 33'h0"),
    "padding of lanes is not counted": (r"assign padding = [^;]*;", "assign padding = 3'h0;"),
}
"""The same for several lanes."""

BANKS = LANES.replace(spmat_banks=2)
"""The same with two banks of the sparse matrix."""

BANK_FAULTS = {
    "a part never lies in two words": (r"(assign crosses = )[^;]*;", r"\g<1>1'h0;"),
    "the second word is in the same row": (r"entry\[10:2\] \+ 9'h1", "entry[10:2]"),
    "a bank shows every word": (r"\(odd_shows == [^)]*\)", "1'h1"),
    "a word that is shown is read again": (r"~\(even_shows_any", "~(1'h0"),
    "a column is not turned to its entry": (
        r"more\[1:0\] : 2'h3, entry\[2:0\]",
        "more[1:0] : 2'h3, 3'h0",
    ),
    "a column ends with its first part": (r"more <= more - 3'h4", "more <= 3'h0"),
}
"""The same for the banks."""

ROUNDS = BANKS.replace(broadcast_rounds=1, grouped_pointers=1)
"""The same with broadcasts in rounds."""

ROUND_FAULTS = {
    "a word of zeros does not wait for its turn": (
        r"~o__stream__valid & \(o__turn ==\s+searched\)",
        "1'h1",
    ),
    "an offer is one of the word behind": (r"o__stream__valid \? offered :", "1'h0 ? offered :"),
    "a child does not wait for the first one": (
        r"~\(i__0__more & \(i__0__round\s+==\s+begun\)\)",
        "1'h1",
    ),
    "a word of pointers is held for all": (r"shows_any & \(shows == [\w\[\]:]+\)", "shows_any"),
    "a word of pointers is read for each column": (r"\(shows_any & \(shows", "(1'h0 & (shows"),
    "what is shown outlasts a pass": (r"restart( \| w_port__en)", r"1'h0\1"),
}
"""The same for the rounds."""

GROUPS = ROUNDS.replace(broadcast_groups=1)
"""The same with broadcasts of groups."""

GROUP_FAULTS = {
    "a word that is too long goes along": (r"~\(\|after_1\[4\]\)", "1'h1"),
    "a word of another group goes along": (r"group_bits\s*==\s*3'h3", "1'h0"),
    "a word that is not there yet is left out": (r"\(~\(\|\(left & t3\)\)\)", "1'h1"),
    "a word is taken again in its round": (r"given <= ~left \| gives", "given <= 4'h0"),
    "an activation has the place of the first lane": (
        r"(place_1 = \{i__2__stream__payload\[71:68\], 2'h)1",
        r"\g<1>0",
    ),
    "a column is there without its activation": (r"~o_valid_1 \| ", ""),
    "columns are dropped with the first": (r"~column__some & ~\w+", "~column__some"),
    "a broadcast without entries is not dropped": (
        r"(assign drops =) [^;]*;",
        r"\1 1'h0;",
    ),
    "the columns behind the first are lost": (r"(assign last =) [^;]*;", r"\1 1'h1;"),
    "a column enters the queue again": (r"\(gone \| taken\)", "taken"),
    "an activation of a group is not counted": (
        r"(2'h0 \+ \{1'h0, i__stream__payload\[22\]\}\}) \+ \{2'h0, i__stream__payload\[43\]\}",
        r"\1",
    ),
}
"""The same for the groups."""

CASES = {
    **{name: (CONFIG, fault) for name, fault in FAULTS.items()},
    **{name: (LANES, fault) for name, fault in LANE_FAULTS.items()},
    **{name: (BANKS, fault) for name, fault in BANK_FAULTS.items()},
    **{name: (ROUNDS, fault) for name, fault in ROUND_FAULTS.items()},
    **{name: (GROUPS, fault) for name, fault in GROUP_FAULTS.items()},
}

ARRAYS = {CONFIG: "one lane", LANES: "lanes", BANKS: "banks", ROUNDS: "rounds", GROUPS: "groups"}

verilog = functools.cache(array_verilog)


@functools.cache
def network(config: Config, seed: int) -> Network:
    """Return what the array runs."""
    return random_network(config, SIZES, DENSITY, seed)


@pytest.mark.parametrize("config", ARRAYS, ids=ARRAYS.values())
def test_every_fault_has_a_place(config: Config) -> None:
    check_patterns(verilog(config), [fault for of, fault in CASES.values() if of == config])


@pytest.mark.every(4)
@pytest.mark.parametrize("fault", CASES)
def test_fault_is_found(fault: str, seed: int) -> None:
    config, change = CASES[fault]
    faulty = with_fault(verilog(config), *change)
    with pytest.raises(RunFailure, match=r"must equal the golden model|must pass"):
        compare(network(config, seed), faulty, seed)


@pytest.mark.parametrize("config", ARRAYS, ids=ARRAYS.values())
def test_without_a_fault_nothing_is_found(config: Config, seed: int) -> None:
    compare(network(config, seed), verilog(config), seed)
