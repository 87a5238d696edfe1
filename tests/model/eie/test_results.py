"""The predicted result stream; oracle: outputs and counters of the models, taken apart again."""

from collections.abc import Callable

import numpy as np

from zskip.model.common.bitfields import unpack
from zskip.model.common.stream import RESULT_HEADER, Kind, unpack_activations, unpack_counters
from zskip.model.eie.accelerator import run
from zskip.model.eie.config import TINY
from zskip.model.eie.counters import CENTRAL, PER_PE
from zskip.model.eie.cycles import layer_timing
from zskip.model.eie.network import Network
from zskip.model.eie.program import plan
from zskip.model.eie.results import packet_cycles, result_words
from zskip.verif.common.block_stimulus import split_packets


def test_stream_of_a_layer_in_two_passes(make_network: Callable[..., Network]) -> None:
    network = make_network(TINY.replace(register_depth=8), (9, 50))
    vectors = np.arange(18).reshape(2, 9)
    layer = run(network, vectors).layers[0]
    timing = layer_timing(network.layers[0].matrix, vectors, network.config)
    program = plan(network, trace=True)
    words = result_words(program, [layer], [timing])
    cycles = packet_cycles(program, [timing])
    for vector in range(2):
        packets = split_packets(words[vector].tolist(), RESULT_HEADER)
        headers = [unpack(RESULT_HEADER, packet[0]) for packet in packets]
        kinds = [(header["kind"], header["pass_index"]) for header in headers]
        assert kinds == [(Kind.COUNTERS, 0), (Kind.OUTPUTS, 1), (Kind.COUNTERS, 1)]
        outputs = unpack_activations(np.array(packets[1][1:], dtype=np.uint64), 50)
        assert outputs.tolist() == layer.outputs[vector].tolist()
        for packet, result, clock in zip(packets[::2], layer.passes, timing.passes, strict=True):
            counters = unpack_counters(np.array(packet[1:], dtype=np.uint64))
            assert counters.size == len(CENTRAL) + 4 * len(PER_PE)
            assert counters[0] == clock.central["cycles"][vector]
            assert counters[1] == result.broadcasts[vector]
            by_pe = counters[len(CENTRAL) :].reshape(4, -1)
            for name, column in zip(PER_PE, by_pe.T, strict=True):
                expected = {**result.counters, **clock.per_pe}[name][vector]
                assert column.tolist() == expected.tolist(), name
        taken = [clock.central["cycles"][vector] for clock in timing.passes]
        assert cycles[vector].tolist() == [taken[0], taken[1], 0]
