"""What ``zskip compress`` says of a compressed network."""

import math
from dataclasses import asdict

from rich.markup import escape
from rich.table import Table

from zskip.flow.compress import Compressed
from zskip.model.eie.figures.report import LayerReport
from zskip.model.eie.fit import HOLDS


def record(result: Compressed) -> dict[str, object]:
    """Return what ``--json`` says.

    Parameters
    ----------
    result : Compressed
        What `zskip.compress` gave.

    Returns
    -------
    dict of str to object
    """
    return {
        "network": result.path,
        "file_bytes": result.file_bytes,
        "dense_float32_bytes": result.dense_bytes,
        "chip_bytes": result.chip_bytes,
        "ratio": result.dense_bytes / result.chip_bytes,
        "input_scale": result.network.input_scale,
        "calibration_inputs": result.calibration_inputs,
        "measured_inputs": result.measured_inputs,
        "accuracy": result.accuracy,
        "configuration": result.network.config,
        "fit": {
            name: {**asdict(fit), "share": fit.share, "holds": HOLDS[name]}
            for name, fit in result.fit.items()
        },
        "huffman": result.huffman,
        "storage": result.storage.total,
        "prediction": result.prediction.total,
        "predicted_inputs": result.prediction.inputs,
        "unpruned_cycles": result.unpruned_cycles,
        "layers": [
            {
                **asdict(layer),
                "weights": layer.weights,
                "density": layer.density,
                "chip_bytes": layer.chip.total,
                "storage": stored,
                "prediction": predicted.cost,
            }
            for layer, stored, predicted in zip(
                result.layers, result.storage.layers, result.prediction.layers, strict=True
            )
        ],
    }


def describe(result: Compressed) -> tuple[Table | str, ...]:
    """Return a report for human readers.

    Parameters
    ----------
    result : Compressed
        What `zskip.compress` gave.

    Returns
    -------
    tuple of rich.table.Table or str
    """
    return _table(result), *_summary(result)


def _table(result: Compressed) -> Table:
    """Lay the layers out for human readers."""
    heads = (
        "layer",
        "size",
        "density",
        "values",
        "weight SNR",
        "scales",
        "entries",
        "padding",
        "on chip",
        "max error",
        "output SNR",
    )
    table = Table(*heads, box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
        column.no_wrap = True
    for layer in result.layers:
        table.add_row(*_row(layer))
    return table


def _row(layer: LayerReport) -> tuple[str, ...]:
    """Return the cells of a layer."""
    fractions = (layer.input_fraction, layer.weight_fraction, layer.output_fraction)
    return (
        escape(layer.name),
        f"{layer.outputs} x {layer.inputs}",
        f"{layer.density:.2%}",
        f"{layer.shared_values} {'kept' if layer.exact else 'shared'}",
        _decibels(layer.sharing_snr_db),
        "/".join(map(str, fractions)),
        f"{layer.entries:,}",
        f"{layer.padding / max(layer.entries, 1):.1%}",
        f"{layer.chip.total:,}",
        f"{layer.fidelity.max_error:.3g}",
        _decibels(layer.fidelity.snr_db),
    )


def _decibels(value: float) -> str:
    """Return a ratio as text."""
    return f"{value:.1f} dB" if math.isfinite(value) else "exact" if value > 0 else "none"


def _summary(result: Compressed) -> list[str]:
    """Return the lines below the table."""
    config = result.network.config
    ratio = result.dense_bytes / result.chip_bytes
    lines = [
        "",
        f"{result.dense_bytes:,} bytes as dense float32, {result.chip_bytes:,} on chip: "
        f"{ratio:.1f} times smaller",
        f"fits each of {config.pe_count} PEs: "
        + ", ".join(
            f"{HOLDS[name]} {fit.share:.0%} ({fit.needed:,} of {fit.available:,})"
            for name, fit in result.fit.items()
        ),
        f"scales from {result.calibration_inputs:,} inputs, errors of outputs measured on "
        f"{result.measured_inputs:,}",
    ]
    lines += [*_unused(result), _stored(result), _cycles(result)]
    if result.accuracy is not None:
        lines.append(
            f"accuracy on these: {result.accuracy.float_network:.2%} in floating point, "
            f"{result.accuracy.compressed:.2%} compressed"
        )
    for layer in result.layers:
        if layer.zeroed:
            lines.append(
                f"layer {escape(layer.name)}: {layer.zeroed} shared values are too small for the "
                "fixed-point scale and were dropped"
            )
    return [*lines, f"{escape(str(result.path))}: {result.file_bytes:,} bytes written"]


def _unused(result: Compressed) -> list[str]:
    """Return the line on what nothing reads, if there is anything."""
    parts = [
        f"{_counted(layer)} of {escape(layer.name)}"
        for layer in result.layers
        if layer.unused_inputs or layer.unused_outputs
    ]
    return [f"unused: {', '.join(parts)}"] if parts else []


def _counted(layer: LayerReport) -> str:
    """Say how many inputs and outputs of a layer are not used."""
    counts = ((layer.unused_inputs, "input"), (layer.unused_outputs, "output"))
    return " and ".join(
        f"{count:,} {name}{'' if count == 1 else 's'}" for count, name in counts if count
    )


def _stored(result: Compressed) -> str:
    """Return the line on bytes in storage."""
    total = result.storage.total
    return (
        f"in storage: {total.plain.total:,} bytes ({total.plain.ratio:.1f} times smaller), "
        f"{total.huffman.total:,} with Huffman coding ({total.huffman.ratio:.1f} times): "
        f"weights {total.huffman.weights:,}, index {total.huffman.index:,}, columns "
        f"{total.huffman.columns:,}, tables {total.huffman.tables:,}, codebooks "
        f"{total.huffman.codebook:,}, biases {total.huffman.bias:,}, order {total.huffman.order:,}"
    )


def _cycles(result: Compressed) -> str:
    """Return the line on cycles."""
    total = result.prediction.total
    line = (
        f"cycles on {result.prediction.inputs} of the inputs: {total.cycles:,.0f} each, "
        f"{total.speedup:.1f} times faster than a dense array of as many multipliers"
    )
    if result.unpruned_cycles is None:
        return line
    before = sum(result.unpruned_cycles)
    return f"{line}; {before:,.0f} before pruning, {before / total.cycles:.1f} times as many"
