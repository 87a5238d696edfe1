"""Sweeps over the design space of the array, by the cycle model: the EIE paper's figures."""

from zskip.model.common.benchmark import BenchmarkLayer, Drawn, draw
from zskip.model.common.config import configuration_name
from zskip.model.common.counters import summed
from zskip.model.common.sweep import SweepKind, SweepPoint
from zskip.model.eie.compressor.recode import build, with_accumulators, with_memories
from zskip.model.eie.config import NAMED, Config
from zskip.model.eie.cycles import layer_timing
from zskip.model.eie.figures.switches import switch_bits, variants
from zskip.model.eie.figures.work import word_reads, work
from zskip.model.eie.network import Network

DEPTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Queue depths of a sweep (figure 8 of the paper)."""

PE_COUNTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""PE counts of a sweep (figures 11 to 13)."""

WIDTHS = (32, 64, 128, 256, 512)
"""Bits of a sparse-matrix word in a sweep (figure 9)."""

SWITCHES = "switches"
"""The sweep over the ideas beyond the paper."""

BALANCE = "load balance: share of the cycles in which a PE adds an entry"

KINDS = {
    "queue": SweepKind("queue depth", "balance", BALANCE, "queue_depth"),
    "pes": SweepKind("PEs", "speedup", "speed-up over 1 PE", "pe_count", logarithmic=True),
    "width": SweepKind("word bits", "reads", "sparse-matrix SRAM reads", "entries_per_word"),
    "padding": SweepKind("PEs", "real_work", "real work / total work", "pe_count"),
    "balance": SweepKind("PEs", "balance", BALANCE, "pe_count"),
    SWITCHES: SweepKind("switches on", "gain", "speed-up over none"),
}
"""Sweeps by name."""


def storage_bits(config: Config) -> dict[str, int]:
    """Return the storage bits of each variant of a configuration, in a PE.

    Parameters
    ----------
    config : Config
        The array.

    Returns
    -------
    dict of str to int
        By the name of the variant.
    """
    return {name: sum(switch_bits(other).values()) for name, other in variants(config).items()}


def sweep_layer(kind: str, layer: BenchmarkLayer, config: Config, seed: int) -> list[SweepPoint]:
    """Measure a layer at every value of a sweep.

    The cycle model does not ask whether the memories that hold the layers can be built: an array
    of few PEs has larger ones, and as many accumulators in all as the paper's.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    layer : BenchmarkLayer
        The layer.
    config : Config
        The array that the sweep starts from.
    seed : int
        Seed of the layer.

    Returns
    -------
    list of SweepPoint
        In the order of the values.
    """
    drawn = draw(layer, seed, config.codebook_size)
    if kind == "queue":
        arrays = {depth: config.replace(queue_depth=depth) for depth in DEPTHS}
    elif kind == SWITCHES:
        arrays = variants(config)
    elif kind == "width":
        return _width_points(layer, drawn, config)
    else:
        arrays = {count: config.replace(pe_count=count) for count in PE_COUNTS}
    points = []
    network = None
    for value, array in arrays.items():
        network = _network(layer, drawn, array, network)
        points.append(_point(value, array, network, drawn))
    return _compared(points)


def _network(
    layer: BenchmarkLayer, drawn: Drawn, config: Config, before: Network | None
) -> Network:
    """Return a layer for an array, encoded anew only where the encoding differs."""
    wide = with_accumulators(config, layer.outputs)
    same = ("pe_count", "register_depth", "balanced_rows")
    if before is None or any(getattr(before.config, name) != getattr(wide, name) for name in same):
        before = build((drawn.layer,), wide)
    grown = with_memories(Network(config=wide, layers=before.layers))
    # The accumulators decide about the encoding, and are large enough already.
    config = grown.replace(register_depth=wide.register_depth)
    return Network(config=config, layers=before.layers)


def _point(value: int | str, config: Config, network: Network, drawn: Drawn) -> SweepPoint:
    """Measure a layer on an array."""
    layer, pes = network.layers[0], network.config.pe_count
    given = network.select(drawn.activations)
    timing = summed(layer_timing(layer.matrix, given, network.config))
    done = work(layer.matrix, given)
    cycles, entries, macs = (
        int(values[0]) for values in (timing["cycles"], done.entries, done.macs)
    )
    added = macs if config.free_padding else entries
    return SweepPoint(
        layer=layer.name,
        config=configuration_name(NAMED, config),
        pe_count=pes,
        value=value,
        figures={
            "cycles": cycles,
            "macs": macs,
            "padding": entries - macs,
            "stalls": int(timing["stalls"][0]),
            "real_work": macs / max(entries, 1),
            "balance": added / (cycles * pes),
            "utilization": macs / (cycles * pes),
        },
    )


def _compared(points: list[SweepPoint]) -> list[SweepPoint]:
    """Set the cycles of every point against those of the first."""
    first = points[0].figures["cycles"]
    name = "gain" if isinstance(points[0].value, str) else "speedup"
    for point in points:
        point.figures[name] = first / point.figures["cycles"]
    return points


def _width_points(layer: BenchmarkLayer, drawn: Drawn, config: Config) -> list[SweepPoint]:
    """Count the reads of a layer for every width of a word; cycles need no word that wide."""
    wide = with_accumulators(config, layer.outputs)
    network = build((drawn.layer,), wide)
    matrix, given = network.layers[0].matrix, network.select(drawn.activations)
    points = []
    for width in WIDTHS:
        entries = max(1, width // config.entry_bits)
        reads = word_reads(matrix, given, entries)
        points.append(
            SweepPoint(
                layer=layer.name,
                config=configuration_name(NAMED, config),
                pe_count=config.pe_count,
                value=width,
                figures={"reads": reads, "bits_read": reads * width},
            )
        )
    return points
