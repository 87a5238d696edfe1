"""Refusal of what does not fit; oracle: the same layers on the array that the line names."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.bitfields import unpack
from zskip.model.common.errors import InputError
from zskip.model.common.scale import LayerScale
from zskip.model.common.stream import LANES, MAX_WORDS, RESULT_HEADER
from zskip.model.eie import cures
from zskip.model.eie.compressor.assemble import FixedLayer, assemble
from zskip.model.eie.compressor.recode import recode
from zskip.model.eie.config import PAPER, PE_COUNTS, TINY, Config
from zskip.model.eie.encoding import EncodedMatrix, block_rows
from zskip.model.eie.fit import HOLDS, check_fit, requirements
from zskip.model.eie.network import Layer, Network
from zskip.model.eie.packets import input_packet

Chain = Callable[..., list[FixedLayer]]


def refusal(network: Network) -> str:
    """Return the line that refuses a network."""
    with pytest.raises(InputError) as caught:
        check_fit(network)
    return str(caught.value)


def arrays(line: str, config: Config) -> list[Config]:
    """Return the arrays that a line tells to use."""
    found = []
    for cure in line.partition("; use ")[2].split(", or "):
        changes = {name: int(value) for name, value in re.findall(r"--set (\w+)=(\d+)", cure)}
        pes = re.match(r"(\d+) PEs", cure)
        if pes is not None:
            changes["pe_count"] = int(pes[1])
        if changes:
            found.append(config.replace(**changes))
    return found


def single(name: str, codes: np.ndarray, config: Config) -> Network:
    """Make a network of one layer, without calibration."""
    rows = codes.shape[0]
    layer = FixedLayer(
        name=name,
        codes=codes.astype(np.uint8),
        codebook=np.arange(16),
        bias=np.zeros(rows, dtype=np.int64),
        relu=True,
        scale=LayerScale(input_fraction=8, weight_fraction=12, output_fraction=8),
    )
    return assemble([layer], config)


def test_accumulators_cure_too_many_pointers() -> None:
    config = PAPER.replace(pe_count=1, register_depth=4, pointer_depth=4096, pass_count=256)
    wide = np.tile(np.arange(9216) % 97 == 0, (400, 1))
    wide[0] = True
    network = single("fc6", wide, config)
    line = refusal(network)
    assert f"column pointers (pointer_depth) 4096, needed {100 * 9218}" in line
    assert "--set register_depth=8 " in line
    for other in arrays(line, config):
        check_fit(single("fc6", wide, other))


def test_accumulators_cure_too_many_passes() -> None:
    config = PAPER.replace(pe_count=1, register_depth=1)
    line = refusal(single("tall", np.ones((300, 2)), config))
    assert "passes (pass_count) 16, needed 300" in line
    assert line.endswith("; use 32 PEs, or --set register_depth=19 --set bias_depth=300")
    for other in arrays(line, config):
        check_fit(single("tall", np.ones((300, 2)), other))


def test_no_more_pes_than_there_are() -> None:
    config = TINY.replace(pe_count=256, bias_depth=1)
    line = refusal(single("tall", np.ones((300, 2)), config))
    assert line.endswith(" biases (bias_depth) 1, needed 2; use --set bias_depth=2")


def test_what_no_setting_cures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cures.LARGEST, "pointer_depth", 100)
    config = TINY.replace(pe_count=64, pointer_depth=100)
    assert refusal(single("wide", np.ones((1, 150)), config)).endswith(
        "column pointers (pointer_depth) 100, needed 152; use a smaller network: pointer_depth is "
        "at most 100"
    )


def test_rows_in_the_order_of_the_source_where_that_helps(chain: Chain) -> None:
    config = TINY.replace(pe_count=16, entries_per_word=1)
    helped = 0
    for seed in range(40):
        layers = chain([60, 90], 0.1, seed)
        calibration = (np.random.default_rng(seed).random((1, 60)) < 0.3).astype(np.float64)
        network = assemble(layers, config, calibration)
        plain = requirements(assemble(layers, config.replace(balanced_rows=0)))
        tight = config.replace(spmat_depth=requirements(network)["spmat_depth"] - 1)
        line = refusal(Network(config=tight, layers=network.layers, gather=network.gather))
        helps = plain["spmat_depth"] <= tight.spmat_depth
        assert ("--set balanced_rows=0" in line) == helps
        helped += helps
    assert helped


@pytest.mark.parametrize("largest", [1, 4, 40])
@given(
    sizes=st.lists(st.integers(1, 150), min_size=2, max_size=4),
    pe_count=st.sampled_from([1, 2, 16, 128, 256]),
    register_depth=st.sampled_from([1, 2, 16, 64]),
    balanced=st.booleans(),
    vectors=st.integers(0, 4),
    seed=st.integers(0, 999),
)
def test_every_array_that_is_named_holds_the_network(
    chain: Chain,
    largest: int,
    sizes: list[int],
    pe_count: int,
    register_depth: int,
    balanced: bool,
    vectors: int,
    seed: int,
) -> None:
    config = Config(
        pe_count=pe_count,
        spmat_depth=1,
        pointer_depth=2,
        bias_depth=8,
        register_depth=register_depth,
        activation_depth=4,
        pass_count=1,
        balanced_rows=int(balanced),
    )
    calibration = np.random.default_rng(seed).random((vectors, sizes[0])) ** 4 if vectors else None
    layers = chain(sizes, 0.2, seed, skew=1.0)
    limits = {"pointer_depth": 100, "pass_count": 3, "bias_depth": 20, "spmat_depth": 30}
    with pytest.MonkeyPatch.context() as patch:
        # Memories may be so large and no larger, for what no setting cures to be seen too.
        for name, value in limits.items():
            patch.setitem(cures.LARGEST, name, value * largest)
        network = assemble(layers, config, calibration)
        try:
            check_fit(network)
        except InputError as error:
            line = str(error)
        else:
            return
    named = arrays(line, config)
    assert bool(named) != ("a smaller network" in line)
    for other in named:
        check_fit(assemble(layers, other, calibration))
        check_fit(recode(network, other))
        assert other.pe_count in PE_COUNTS
        assert all(
            getattr(other, name) <= limits.get(name, 10**6) * largest
            for name in HOLDS
            if getattr(other, name) != getattr(config, name)
        )


def test_vectors_that_no_packet_carries() -> None:
    most = LANES * MAX_WORDS
    config = Config(pe_count=256, activation_depth=16384, bias_depth=16384, register_depth=4096)
    assert config.vector_depth > most
    assert unpack(RESULT_HEADER, 2**64 - 1)["words"] == MAX_WORDS
    for outputs, inputs in ((most + 1, 1), (1, most + 1)):
        height = block_rows(outputs, config)
        matrix = EncodedMatrix(
            shape=(outputs, inputs),
            pe_count=config.pe_count,
            weight_bits=config.weight_bits,
            run_bits=config.run_bits,
            block_rows=height,
            codes=np.zeros(0, dtype=np.uint8),
            runs=np.zeros(0, dtype=np.uint8),
            pointers=np.zeros((config.pe_count, 1), dtype=np.int64),
        )
        layer = Layer(
            name="long",
            matrix=matrix,
            codebook=np.arange(16),
            bias=np.zeros(outputs, dtype=np.int64),
            relu=False,
            scale=LayerScale(input_fraction=8, weight_fraction=12, output_fraction=8),
        )
        assert refusal(Network(config=config, layers=(layer,))) == (
            f"layer 'long' must have at most {most} inputs and outputs, which is what a packet "
            f"carries, not {most + 1}: use a smaller network"
        )
    assert input_packet(np.ones(most, dtype=np.int64)).size == MAX_WORDS + 1
    with pytest.raises(InputError, match="words must be from 0 to 1048575, not 1048576"):
        input_packet(np.ones(most + 1, dtype=np.int64))
