"""Report of ``zskip compress`` on a compressed network."""

from dataclasses import asdict

from rich.markup import escape
from rich.table import Table

from zskip.cli.tables import decibels, empty_table, energy_lines, times
from zskip.engines import engine_of
from zskip.flow.compressed import Compressed
from zskip.flow.report import cost_record, counted
from zskip.model.common.report import LayerReport

LEAST_SHARE = 0.001
"""Part of the accumulators' range below which no overflow is near, whatever the inputs."""


def record(result: Compressed) -> dict[str, object]:
    """Return a report as JSON has it.

    Parameters
    ----------
    result : Compressed
        Result of `zskip.compress`.

    Returns
    -------
    dict of str to object
    """
    shown = engine_of(result.network.config).shown
    return {
        "network": result.path,
        "engine": result.network.config.ENGINE,
        "file_bytes": result.file_bytes,
        "dense_float32_bytes": result.dense_bytes,
        "chip_bytes": result.chip_bytes,
        "chip_ratio": result.chip_ratio,
        "file_ratio": result.file_ratio,
        "input_scale": result.network.input_scale,
        "ending": result.network.ending,
        "calibration_inputs": result.calibration_inputs,
        "measured_inputs": result.measured_inputs,
        "calibration_accuracy": result.calibration_accuracy,
        "scales": result.scales,
        "sum_shares": result.sum_shares,
        "configuration": result.network.config,
        "fit": {fit.field: {**asdict(fit), "share": fit.share} for fit in result.fit},
        "huffman": result.huffman,
        "storage": result.storage.total,
        "prediction": cost_record(result.prediction.total, shown),
        "predicted_inputs": result.prediction.inputs,
        "unpruned_cycles": result.unpruned_cycles,
        "notes": result.notes,
        "pattern": None if result.pattern is None else str(result.pattern),
        "layers": [
            {
                **_layer_record(layer),
                **share,
                "storage": stored,
                "prediction": cost_record(predicted.cost, shown),
            }
            for layer, stored, predicted, share in zip(
                result.layers,
                result.storage.layers,
                result.prediction.layers,
                result.share_records(),
                strict=True,
            )
        ],
    }


def _layer_record(layer: LayerReport) -> dict[str, object]:
    """Return a layer as JSON has it, its scales and the engine's figures among its own."""
    fields = asdict(layer)
    figures, scale = fields.pop("figures"), fields.pop("scale")
    del fields["precision"]
    numbers: dict[str, object] = {**scale, "shift": layer.scale.shift}
    if layer.precision is not None:
        numbers = {"precision": layer.precision.name, **({} if layer.floating else numbers)}
    return {
        **fields,
        **figures,
        **numbers,
        "weights": layer.weights,
        "density": layer.density,
        "chip_bytes": layer.figures.chip_bytes,
    }


def describe(result: Compressed) -> tuple[Table | str, ...]:
    """Return a report for human readers.

    Parameters
    ----------
    result : Compressed
        Result of `zskip.compress`.

    Returns
    -------
    tuple of rich.table.Table or str
    """
    return _table(result), *_pattern(result), *_summary(result)


def _table(result: Compressed) -> Table:
    """Lay the layers out for human readers."""
    chosen = any(layer.precision for layer in result.layers)
    scaled = not any(layer.floating for layer in result.layers)
    heads = (
        "layer",
        "size",
        *(["precision"] if chosen else []),
        "density",
        "values",
        "weight SNR",
        *(["scales"] if scaled else []),
        *result.layers[0].figures.cells(),
        "on chip",
        "max error",
        "output SNR",
    )
    table = Table(*heads, box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
        column.no_wrap = True
    kind = "shared" if result.network.config.shares_weights else "rounded"
    for layer in result.layers:
        table.add_row(*_row(layer, kind))
    return table


def _row(layer: LayerReport, kind: str) -> tuple[str, ...]:
    """Return the cells of a layer whose weights are of some kind where they are not kept."""
    scale = layer.scale
    fractions = (scale.input_fraction, scale.weight_fraction, scale.output_fraction)
    return (
        escape(layer.name),
        f"{layer.outputs} x {layer.inputs}",
        *([layer.precision.name] if layer.precision else []),
        f"{layer.density:.2%}",
        f"{layer.shared_values} {'kept' if layer.exact else kind}",
        decibels(layer.weight_snr_db),
        *([] if layer.floating else ["/".join(map(str, fractions))]),
        *layer.figures.cells().values(),
        f"{layer.figures.chip_bytes:,}",
        f"{layer.fidelity.max_error:.3g}",
        decibels(layer.fidelity.snr_db),
    )


def _pattern(result: Compressed) -> tuple[Table | str, ...]:
    """Lay out the shares of magnitude (L1) and squares (L2) that a pattern keeps, if any."""
    if result.pattern is None:
        return ()
    kinds = result.share_kinds
    table = empty_table([str(result.pattern), *(f"{kind} L{k}" for kind in kinds for k in (1, 2))])
    for layer, share in zip(result.layers, result.share_records(), strict=True):
        cells = (f"{share[f'{kind}_l{k}']:.2%}" for kind in kinds for k in (1, 2))
        table.add_row(escape(layer.name), *cells)
    return "", table


def _summary(result: Compressed) -> list[str]:
    """Return the lines below the table."""
    config = result.network.config
    smaller = times(result.chip_ratio, "smaller", "larger")
    lines = [
        "",
        f"{result.dense_bytes:,} bytes as dense float32, {result.chip_bytes:,} on chip: {smaller}",
        f"fits each of {config.size}: "
        + ", ".join(
            f"{fit.holds} {fit.share:.0%} ({fit.needed:,} of {fit.available:,})"
            for fit in result.fit
        ),
        _inputs(result),
        *_sums(result),
    ]
    lines += [*_unused(result), _stored(result), _cycles(result)]
    lines += energy_lines({layer.name: layer.cost for layer in result.prediction.layers})
    if (hits := result.calibration_accuracy) is not None:
        lines.append(
            f"accuracy on {result.measured_inputs:,} calibration inputs: "
            f"{hits.float_network:.2%} in floating point, {hits.compressed:.2%} compressed"
        )
    lines += map(escape, result.notes)
    ratio = times(result.file_ratio, "smaller", "larger")
    written = f"{result.file_bytes:,} bytes written, {ratio}"
    return [*lines, f"{escape(str(result.path))}: {written}"]


def _inputs(result: Compressed) -> str:
    """Return the line on the use of the inputs."""
    measured = f"errors of outputs measured on {result.measured_inputs:,}"
    if any(layer.floating for layer in result.layers):
        return f"{measured} of {counted(result.calibration_inputs, 'input')}; floats need no scales"
    return f"scales from {result.calibration_inputs:,} inputs, {measured}"


def _sums(result: Compressed) -> list[str]:
    """Return the line on the margin of the accumulators, and on what happens beyond it."""
    if result.sum_shares is None:
        return []
    most = max(result.sum_shares)
    name = result.layers[result.sum_shares.index(most)].name
    share = f"{most:.1%}" if most >= LEAST_SHARE else f"less than {LEAST_SHARE:.1%}"
    reach = (
        f"partial sums of these inputs reach {share} of the accumulators' range at most, "
        f"in {escape(name)}"
    )
    if most < LEAST_SHARE:
        return [reach]
    if result.scales == "safe":
        return [f"{reach}; scales are for the sums of all magnitudes"]
    return [f"{reach}: {1 / most:.1f} times larger ones overflow, which the flag tells"]


def _unused(result: Compressed) -> list[str]:
    """Return the line on what nothing reads, if there is anything."""
    parts = [
        f"{_counted(layer)} of {escape(layer.name)}"
        for layer in result.layers
        if layer.unused_inputs or layer.unused_outputs
    ]
    if not parts:
        return []
    lost = sum(layer.unused_weights for layer in result.layers)
    also = f"; their {counted(lost, 'weight')} not on chip" if lost else ""
    return [f"unused: {', '.join(parts)}{also}"]


def _counted(layer: LayerReport) -> str:
    """Say how many inputs and outputs of a layer are not used."""
    counts = ((layer.unused_inputs, "input"), (layer.unused_outputs, "output"))
    return " and ".join(counted(count, name) for count, name in counts if count)


def _stored(result: Compressed) -> str:
    """Return the line on the bytes of the parts, which the file holds beside its format."""
    packed, coding = result.packed, " with Huffman coding" if result.huffman else ""
    parts = ", ".join(f"{part} {size:,}" for part, size in packed.parts().items())
    return (
        f"packed{coding}, without the file's format: {packed.total:,} bytes "
        f"({times(packed.ratio, 'smaller', 'larger')}): {parts}"
    )


def _cycles(result: Compressed) -> str:
    """Return the line on cycles."""
    total = result.prediction.total
    line = (
        f"cycles on {result.prediction.inputs} of the inputs: {total.cycles:,.0f} each, "
        f"{times(total.speedup, 'faster', 'slower')} than a dense array of as many multipliers"
    )
    if result.unpruned_cycles is None:
        return line
    before = sum(result.unpruned_cycles)
    return f"{line}; {before:,.0f} before pruning, {before / total.cycles:.1f} times as many"
