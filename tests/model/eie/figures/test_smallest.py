"""Fit of a network; oracle: the check that refuses what does not fit, on re-encoded networks."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.errors import InputError
from zskip.model.eie.compressor.assemble import FixedLayer, assemble
from zskip.model.eie.compressor.recode import recode
from zskip.model.eie.config import PE_COUNTS, RANGES, TINY, Config
from zskip.model.eie.encoding import decode, encode
from zskip.model.eie.figures.smallest import fit, smallest_configuration, smallest_pe_count
from zskip.model.eie.fit import HOLDS, check_fit, requirements
from zskip.model.eie.network import Network

MakeNetwork = Callable[..., Network]
SIZES = (90, 120, 30)


def on(network: Network, config: Config) -> Network:
    """Encode a network anew for another array."""
    layers = [
        replace(layer, matrix=encode(decode(layer.matrix), config)) for layer in network.layers
    ]
    return Network(config=config, layers=tuple(layers))


def fits(network: Network) -> bool:
    """Tell whether the check passes."""
    try:
        check_fit(network)
    except InputError:
        return False
    return True


@pytest.mark.parametrize("changes", [{}, {"spmat_depth": 40}, {"bias_depth": 12}], ids=str)
def test_memories(changes: dict[str, int], make_network: MakeNetwork) -> None:
    config = TINY.replace(**changes)
    network = make_network(config, SIZES)
    result = fit(network)
    assert result.fits == fits(network) == (not changes)
    assert [memory.field for memory in result.memories] == list(HOLDS)
    for memory in result.memories:
        assert memory.holds == HOLDS[memory.field]
        assert memory.needed == requirements(network)[memory.field]
        assert memory.available == getattr(config, memory.field)
        assert memory.share == memory.needed / memory.available


def test_bytes_of_the_memories(make_network: MakeNetwork) -> None:
    memories = {memory.field: memory for memory in fit(make_network(TINY, SIZES)).memories}
    # Two halves of 64 x 16 bits, 512 words of 64 bits, 1024 pointers to 0..4096 (13 bits),
    # 128 biases of 32 bits, 8 passes of two words and a codebook of four.
    available = {name: memory.available_bytes for name, memory in memories.items()}
    assert available == {
        "activation_depth": 2 * 64 * 2,
        "spmat_depth": 512 * 8,
        "pointer_depth": 1024 * 13 // 8,
        "bias_depth": 128 * 4,
        "pass_count": 8 * 6 * 8,
    }
    assert memories["activation_depth"].needed_bytes == 2 * 2 * 32


@pytest.mark.parametrize("spmat_depth", [20, 512])
def test_smallest_configuration(spmat_depth: int, make_network: MakeNetwork) -> None:
    network = make_network(TINY.replace(spmat_depth=spmat_depth), SIZES)
    smallest = smallest_configuration(network)
    assert smallest is not None
    assert fits(replace(network, config=smallest))
    for field in HOLDS:
        value = getattr(smallest, field)
        less = {"pointer_depth": value - 2, "activation_depth": value // 2}.get(field, value - 1)
        if less < RANGES[field][0]:
            continue
        try:
            tighter = smallest.replace(**{field: less})
        except InputError:
            continue
        assert not fits(replace(network, config=tighter))


@pytest.mark.parametrize(
    "changes",
    [{}, {"spmat_depth": 60}, {"spmat_depth": 1}, {"activation_depth": 8}, {"pass_count": 1}],
    ids=str,
)
def test_smallest_pe_count(changes: dict[str, int], make_network: MakeNetwork) -> None:
    network = make_network(TINY.replace(**changes), SIZES)
    expected = [
        count for count in PE_COUNTS if fits(on(network, network.config.replace(pe_count=count)))
    ]
    assert smallest_pe_count(network) == (expected[0] if expected else None)


@given(
    sizes=st.lists(st.integers(1, 90), min_size=2, max_size=4),
    seed=st.integers(0, 999),
    pe_count=st.sampled_from([1, 4, 64]),
    share=st.sampled_from([0.3, 0.6, 1.0, 1.1]),
    balanced=st.booleans(),
    vectors=st.integers(0, 8),
)
def test_the_pe_count_that_is_claimed_would_do(
    chain: Callable[..., list[FixedLayer]],
    sizes: list[int],
    seed: int,
    pe_count: int,
    share: float,
    balanced: bool,
    vectors: int,
) -> None:
    rng = np.random.default_rng(seed)
    calibration = rng.random((vectors, sizes[0])) ** 8 * 100 if vectors else None
    layers = chain(sizes, 0.2, seed, skew=1.0)
    config = TINY.replace(pe_count=pe_count, balanced_rows=int(balanced))
    words = requirements(assemble(layers, config, calibration))["spmat_depth"]
    config = config.replace(spmat_depth=max(1, int(words * share)))
    network = assemble(layers, config, calibration)
    found = smallest_pe_count(network)
    others = [recode(network, config.replace(pe_count=count)) for count in PE_COUNTS]
    assert found == next((x.config.pe_count for x in others if fits(x)), None)
    if found is not None:
        check_fit(assemble(layers, config.replace(pe_count=found), calibration))


def test_no_configuration_of_so_many_pes(make_network: MakeNetwork) -> None:
    network = make_network(TINY.replace(pe_count=1), (16400, 4), density=0.01)
    result = fit(network)
    assert not result.fits
    assert result.smallest is None
