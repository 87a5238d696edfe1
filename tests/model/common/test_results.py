"""The result stream as words; oracle: what is packed comes out of the parser again."""

from collections.abc import Callable

import numpy as np

from zskip.model.common.counters import LayerRun
from zskip.model.common.results import packet_cycles, parse, result_words
from zskip.model.eie.config import TINY
from zskip.model.eie.counters import CENTRAL, PER_PE
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.network import Network


def test_words_are_what_the_parser_reads(make_network: Callable[..., Network]) -> None:
    network = make_network(TINY.replace(register_depth=8), (9, 50, 7))
    run = ENGINE.run(network, np.arange(18).reshape(2, 9))
    program = ENGINE.plan(network, trace=True)
    layers = [
        LayerRun(outputs=layer.outputs, passes=passes)
        for layer, passes in zip(run.layers, ENGINE.timing(network, run), strict=True)
    ]
    parsed = parse(program, result_words(program, layers, CENTRAL, PER_PE), CENTRAL, PER_PE)
    for expected, given in zip(layers, parsed, strict=True):
        assert np.array_equal(expected.outputs, given.outputs)
        for wanted, counters in zip(expected.passes, given.passes, strict=True):
            assert counters.central.keys() == wanted.central.keys()
            assert counters.per_pe.keys() == wanted.per_pe.keys()
            for name in (*CENTRAL, *PER_PE):
                assert np.array_equal(wanted[name], counters[name]), name
    first, second, last = (entry.central["cycles"] for layer in layers for entry in layer.passes)
    none = np.zeros(2, dtype=np.int64)
    expected = np.stack([first, second, none, last, none], axis=1)
    assert packet_cycles(program, layers).tolist() == expected.tolist()
