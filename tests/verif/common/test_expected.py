"""The expected result stream; oracle: outputs and counters of the models, taken apart again."""

from collections.abc import Callable

import numpy as np

from zskip.model.common.bitfields import unpack
from zskip.model.common.counters import LayerRun
from zskip.model.common.stream import RESULT_HEADER, Kind, unpack_activations, unpack_counters
from zskip.model.eie.config import TINY
from zskip.model.eie.counters import CENTRAL, PER_PE
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.network import Network
from zskip.model.eie.program import plan
from zskip.verif.common.block_stimulus import split_packets
from zskip.verif.common.expected import packet_cycles, result_words


def test_stream_of_a_layer_in_two_passes(make_network: Callable[..., Network]) -> None:
    network = make_network(TINY.replace(register_depth=8), (9, 50))
    vectors = np.arange(18).reshape(2, 9)
    run = ENGINE.run(network, vectors)
    passes = ENGINE.timing(network, run)[0]
    layer = LayerRun(outputs=run.layers[0].outputs, passes=passes)
    program = plan(network, trace=True)
    words = result_words(program, [layer], ENGINE.stream)
    cycles = packet_cycles(program, [layer])
    for vector in range(2):
        packets = split_packets(words[vector].tolist(), RESULT_HEADER)
        headers = [unpack(RESULT_HEADER, packet[0]) for packet in packets]
        kinds = [(header["kind"], header["pass_index"]) for header in headers]
        assert kinds == [(Kind.COUNTERS, 0), (Kind.OUTPUTS, 1), (Kind.COUNTERS, 1)]
        outputs = unpack_activations(np.array(packets[1][1:], dtype=np.uint64), 50)
        assert outputs.tolist() == layer.outputs[vector].tolist()
        for packet, counted in zip(packets[::2], passes, strict=True):
            counters = unpack_counters(np.array(packet[1:], dtype=np.uint64))
            assert counters.size == len(CENTRAL) + 4 * len(PER_PE)
            assert counters[0] == counted.central["cycles"][vector]
            assert counters[1] == counted.central["broadcasts"][vector]
            by_pe = counters[len(CENTRAL) :].reshape(4, -1)
            for name, column in zip(PER_PE, by_pe.T, strict=True):
                assert column.tolist() == counted.per_pe[name][vector].tolist(), name
        taken = [counted.central["cycles"][vector] for counted in passes]
        assert cycles[vector].tolist() == [taken[0], taken[1], 0]
