"""Random networks, input vectors and passes, for benches and tests."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import CODEBOOK_BITS, limits
from zskip.model.common.scale import MAX_FRACTION, LayerScale
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import encode
from zskip.model.eie.network import Layer, Network
from zskip.model.eie.passes import GROUP_BITS, PASS_WORD_0, PASS_WORD_1, Pass


def random_network(
    config: Config,
    sizes: tuple[int, ...],
    density: float = 0.2,
    seed: int = 1,
    magnitude: int = 2000,
    *,
    unused: int | None = None,
    bias: int = 10**6,
    shift: int = 12,
) -> Network:
    """Return a chain of random layers; every layer but the last has ReLU.

    Parameters
    ----------
    config : Config
        The array.
    sizes : tuple of int
        Length of the input vector and of each layer's outputs.
    density : float
        Share of the weights that are not zero.
    seed : int
        Seed of everything that is random.
    magnitude, bias : int
        Bounds of the codebook values and of the biases, which fit the accumulators in any case.
    unused : int, optional
        The sources have so many more inputs and outputs, and all orders are random.
    shift : int
        Write-back shift of every layer.

    Returns
    -------
    Network
    """
    rng, shuffle = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    bias = min(bias, limits(config.acc_bits)[1])
    extra = unused or 0
    layers = []
    # What a weight's scale cannot hold of the shift, the scales of the activations take.
    weight_fraction = min(shift, MAX_FRACTION)
    input_fraction = 8
    for index, (inputs, outputs) in enumerate(pairwise(sizes)):
        last = index == len(sizes) - 2
        codes = rng.integers(1, config.codebook_size, (outputs, inputs))
        codes *= rng.random(codes.shape) < density
        codebook = rng.integers(-magnitude, magnitude, config.codebook_size, endpoint=True)
        codebook[0] = 0
        source = (outputs + (0 if last else extra), inputs + extra)
        output_fraction = input_fraction + weight_fraction - shift
        layers.append(
            Layer(
                name=f"fc{index + 1}",
                matrix=encode(codes.astype(np.uint8), config),
                codebook=codebook,
                bias=rng.integers(-bias, bias, outputs),
                relu=not last,
                scale=LayerScale(
                    input_fraction=input_fraction,
                    weight_fraction=weight_fraction,
                    output_fraction=output_fraction,
                ),
                rows=_order(shuffle, source[0], outputs, unused),
                source_shape=source,
            )
        )
        input_fraction = output_fraction
    gather = _order(shuffle, sizes[0] + extra, sizes[0], unused)
    network = Network(config=config, layers=tuple(layers), input_scale=0.5, gather=gather)
    network.check()
    return network


def _order(
    shuffle: np.random.Generator, total: int, used: int, unused: int | None
) -> NDArray[np.int64]:
    """Return which of a vector's positions are used, in random order if some are not."""
    return np.arange(used) if unused is None else shuffle.permutation(total)[:used]


def random_activations(length: int, count: int, seed: int) -> NDArray[np.int64]:
    """Return input vectors from all zero, over ever more non-zero values of both signs, to full.

    Parameters
    ----------
    length, count : int
        Length and number of the vectors.
    seed : int
        Seed of the values.

    Returns
    -------
    ndarray of int64, shape (count, length)
    """
    rng = np.random.default_rng(seed)
    values = rng.integers(-3000, 3000, (count, length))
    return values * (rng.random((count, length)) < np.linspace(0, 1, count)[:, np.newaxis])


def random_passes(config: Config, rng: np.random.Generator, count: int) -> list[Pass]:
    """Return passes whose every field is random, but for the mark of the last one.

    Parameters
    ----------
    config : Config
        Gives the ranges.
    rng : numpy.random.Generator
        Where randomness comes from.
    count : int
        How many.

    Returns
    -------
    list of Pass
    """
    most = min(config.register_depth, config.activation_depth)
    passes = []
    for number in range(count):
        flags = rng.integers(2, size=4, dtype=np.bool_).tolist()
        rows = int(rng.integers(1, most, endpoint=True))
        passes.append(
            Pass(
                outputs=int(rng.integers(1, config.vector_depth, endpoint=True)),
                inputs=int(rng.integers(1, config.vector_depth, endpoint=True)),
                row_base=int(rng.integers(config.activation_depth - rows, endpoint=True)),
                rows=rows,
                pointer_base=int(rng.integers(1 << config.pair_bits)),
                group_bits=int(rng.integers(1 << GROUP_BITS)),
                bias_base=int(rng.integers(1 << config.bias_address_bits)),
                shift=int(rng.integers(config.acc_bits)),
                relu=flags[0],
                codebook=rng.integers(
                    *limits(CODEBOOK_BITS), size=config.codebook_size, endpoint=True
                ),
                emit_outputs=flags[1],
                emit_counters=flags[2],
                swap=flags[3],
                last=number == count - 1,
            )
        )
    return passes


def refused_passes(entry: Pass, config: Config) -> dict[str, Pass]:
    """Return passes that the array must refuse, by the reason; all else is as in a good one.

    Parameters
    ----------
    entry : Pass
        A pass that is not refused.
    config : Config
        The array.

    Returns
    -------
    dict of str to Pass
    """
    bits = {field.name: field.bits for field in (*PASS_WORD_0, *PASS_WORD_1)}
    most = {
        "outputs": config.vector_depth,
        "inputs": config.vector_depth,
        "rows": config.register_depth,
        "row_base": config.activation_depth - entry.rows,
    }
    passes = {}
    for name, limit in most.items():
        start = {"row_base": 0} if name == "rows" else {}
        values = {"one too many": limit + 1, "most": (1 << bits[name]) - 1}
        if name != "row_base":
            values["none"] = 0
        # All but the highest bit is as in the good pass.
        values["highest bit"] = getattr(entry, name) | 1 << (bits[name] - 1)
        for reason, value in values.items():
            if not 0 < value <= limit and not value >> bits[name]:
                passes[f"{name}: {reason}"] = replace(entry, **start | {name: value})
    return passes
