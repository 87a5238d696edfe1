"""Compress: trained weights to a compressed network file, with a report."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zskip.engines import DEFAULT
from zskip.engines import engine as find_engine
from zskip.files.atomic import check_target, write_file
from zskip.files.formats.activations import Activations
from zskip.files.inputs import AnyInputs, Inputs, read_inputs
from zskip.files.network import to_bytes
from zskip.files.weights import AnyWeights, read_weights
from zskip.flow.choices import AnyConfig, given_config
from zskip.flow.compressed import Accuracy, Compressed
from zskip.flow.given import AnyPath, given_energies, paths
from zskip.flow.plotting import check_plotting
from zskip.flow.progress import Progress, silent
from zskip.model.common import compress as model
from zskip.model.common.compress import AnyPrecision, Compression, Density
from zskip.model.common.cost import MAX_INPUTS, Prediction, predict, unpruned_cycles
from zskip.model.common.energy import EnergyTable
from zskip.model.common.engine import Engine
from zskip.model.common.errors import InputError
from zskip.model.common.metrics import accuracy
from zskip.model.common.pattern import AnyPattern
from zskip.model.common.prune import PerLayer
from zskip.model.common.ranges import PERCENTILE
from zskip.model.common.reference import FloatLayer
from zskip.model.common.report import LayerReport
from zskip.model.common.scaled_network import MARGIN_BITS, SCALES

PREDICTED_COLUMNS = 2**17
"""Cycles are predicted on fewer inputs where all columns of all layers would be more than this."""


def compress(
    weights: AnyWeights,
    output: AnyPath | None = None,
    *,
    inputs: AnyInputs | None,
    activations: Activations | None = None,
    count: int | None = None,
    input_scale: float = 1.0,
    density: Density = None,
    prune: str = "magnitude",
    quality: PerLayer = None,
    pattern: AnyPattern | None = None,
    permute: bool = False,
    kmeans: str = "optimal",
    calibration: str = "max",
    percentile: float = PERCENTILE,
    scales: str = SCALES[0],
    margin_bits: int = MARGIN_BITS,
    bias_correction: bool | None = None,
    precision: AnyPrecision = None,
    mask_lanes: int = 0,
    huffman: bool = False,
    html: AnyPath | None = None,
    energies: AnyPath | None = None,
    engine: str | None = None,
    config: AnyConfig | None = None,
    progress: Progress = silent,
) -> Compressed:
    """Compress a float network, and write a compressed network file if one is named.

    Parameters
    ----------
    weights : path or values
        File of float weights (`zskip.files.weights`), or the weights: a mapping of
        ``<layer>.weight`` (outputs x inputs) and ``<layer>.bias`` to arrays, a list of matrices or
        of (weights, bias), a ``torch.nn.Module``, a scikit-learn ``MLPClassifier`` or
        ``MLPRegressor``, or a list of `zskip.model.common.reference.FloatLayer`.
    output : path, optional
        The file to write; `Compressed.network` holds the network with it or without.
    inputs : path or array_like
        Typical inputs, or their file (`zskip.files.inputs`), to choose the fixed-point scales by.
    activations : str, sequence of str or mapping of str to str, optional
        For weights that tell none: ``"relu"`` or ``"none"`` of each layer, or of some by name.
    count : int, optional
        Use at most so many of them.
    input_scale : float, optional
        Factor from the inputs of files to those that the network was trained with.
    density : float or mapping of str to float, optional
        Share of the weights to keep, of every layer or by layer name.
    prune : str, optional
        Which weights go: ``"magnitude"``, ``"global"``, ``"balanced"`` or, with a quality in place
        of a density, ``"deviation"`` (`zskip.model.common.prune`).
    quality : float or mapping of str to float, optional
        Multiple of a layer's standard deviation below which weights go.
    pattern : str or zskip.model.common.pattern.Pattern, optional
        N:M, such as ``"2:4"``, in place of a density: at most N weights of every M along the inputs
        are kept, the largest. A network that follows it already keeps its weights. Hardware that
        has such a pattern is set to this one.
    permute : bool, optional
        With a pattern: choose orders of the inputs in which it keeps more of the weights. They
        cost nothing at run time, and inputs and outputs stay in the order of the source.
    kmeans : str, optional
        How shared values are found: ``"optimal"``, ``"linear"``, ``"density"`` or ``"random"``
        (`zskip.model.common.codebook`).
    calibration : str, optional
        How the scales of activations are chosen: ``"max"``, ``"percentile"`` or ``"mse"``
        (`zskip.model.common.calibration`).
    percentile : float, optional
        Percent of the activations that are not zero that ``"percentile"`` keeps in range.
    scales : str, optional
        ``"reached"``: accumulators hold the largest partial sums that the inputs reach in the order
        of the hardware; ``"safe"``: the sums of all magnitudes, with fewer bits for the weights.
    margin_bits : int, optional
        Bits that the accumulators keep free beyond that. Sums that need more raise the flag
        ``overflow``.
    bias_correction : bool, optional
        Let biases make up for what weight sharing does to the mean outputs of the calibration
        inputs (`zskip.model.common.bias`), or do not. It helps some networks and harms others:
        without it they do where more of these inputs then keep their class.
    precision : str or mapping of str to str, optional
        For an engine that has the choice: numbers that weights become, of every layer or by layer
        name: ``"int8"`` and such, ``"fp16"`` or ``"fp32"`` (`zskip.model.common.precision`). In
        floating point biases and activations are of that format too, in every layer.
    mask_lanes : int, optional
        For such an engine: lowest bits of every weight that are left out.
    huffman : bool, optional
        Huffman code the file; `zskip.files.network.load` decodes it.
    html : path, optional
        File to write a report to, which a browser shows; needs matplotlib.
    energies : path, optional
        File of energies of events (`zskip.model.common.energy.read_energies`); published ones of
        45nm without it.
    engine : str, optional
        The kind of accelerator; that of the configuration, or the default one, without it.
    config : EngineConfig or str, optional
        Its hardware or the name of it, as `zskip.config` takes it; the engine's default without
        it. `EngineConfig.with_weight_bits` chooses the codebook's size.
    progress : Progress, optional
        Makes the progress bars.

    Returns
    -------
    Compressed

    Raises
    ------
    InputError
        A file or value cannot be used, a file cannot be written, the network cannot be compressed,
        or it does not fit the configuration. Nothing is written then.
    """
    wanted = given_config(config, engine)
    chosen = find_engine((engine or DEFAULT) if wanted is None else wanted.ENGINE)
    target = None if output is None else Path(output)
    page = None if html is None else Path(html)
    priced = given_energies(energies)
    _check_targets(target, page, paths(weights, inputs))
    with progress("reading the weights", None):
        layers = read_weights(weights, activations)
    if inputs is None:
        raise InputError(
            "calibration inputs must be given, to choose the fixed-point scales by: add "
            "--inputs FILE, an .npy or .npz with some hundred typical inputs"
        )
    with progress("reading the inputs", None):
        given = read_inputs(inputs, count=count)
    if not given.values.any():
        raise InputError(
            "calibration inputs must tell the range of the activations, but every value of all "
            f"{len(given.values)} is zero: give typical inputs"
        )
    with progress("compressing", len(layers) + model.STAGES) as advance:
        result = model.compress(
            chosen,
            layers,
            wanted or chosen.default,
            calibration=given.values,
            density=density,
            prune=prune,
            quality=quality,
            pattern=pattern,
            permute=permute,
            kmeans=kmeans,
            scale_rule=calibration,
            percentile=percentile,
            scales=scales,
            margin_bits=margin_bits,
            input_scale=input_scale,
            bias_correction=bias_correction,
            precision=precision,
            mask_lanes=mask_lanes,
            ending=layers.ending,
            on_progress=advance,
        )
    predicted, before = _cycles(chosen, layers, result, given, priced, progress)
    with progress("coding the file", len(layers)) as advance:
        data = to_bytes(result.network, huffman=huffman, on_progress=advance)
    compressed = Compressed(
        path=target,
        file_bytes=len(data),
        network=result.network,
        layers=result.layers,
        calibration_inputs=len(given.values),
        measured_inputs=len(result.outputs),
        calibration_accuracy=_accuracy(result, given),
        fit=chosen.fit(result.network),
        huffman=huffman,
        storage=chosen.storage(result.network),
        prediction=predicted,
        unpruned_cycles=before,
        notes=(
            *layers.notes,
            *(line for layer in result.layers for line in layer.warnings()),
            *_correction(result.layers, asked=bias_correction),
            *_masked(mask_lanes),
        ),
        scales=scales,
        sum_shares=result.sum_shares,
        pattern=result.pattern,
        shares=result.shares,
    )
    text = None
    if page is not None:
        with progress("drawing the report", None):
            text = _page(compressed, layers)
    if target is not None:
        write_file(target, data)
    if page is not None and text is not None:
        write_file(page, text)
    return compressed


def _check_targets(target: Path | None, page: Path | None, sources: list[Path]) -> None:
    """Check that what is to be written can be, and is not what is read."""
    for path in (target, page):
        if path is None:
            continue
        check_target(path, *sources)
    if page is not None:
        if target is not None and page.resolve() == target.resolve():
            raise InputError(
                f"network and report must be two files, not both {target}: choose another name"
            )
        check_plotting()


def _correction(layers: Sequence[LayerReport], *, asked: bool | None) -> tuple[str, ...]:
    """Say what bias correction changed, if it was asked for or is better."""
    moved = [
        f"of {layer.name} by at most {layer.bias_change:.3g}"
        for layer in layers
        if layer.bias_change
    ]
    if moved:
        why = "" if asked else ", with which more inputs keep their class,"
        return (f"bias correction{why} moved the biases {', '.join(moved)}",)
    if asked:
        why = "weights keep their values, or the inputs are too few to tell"
        return (f"bias correction moved no bias: {why}",)
    return ()


def _masked(lanes: int) -> tuple[str, ...]:
    """Say how many lanes are off, if any."""
    if not lanes:
        return ()
    return (f"the lowest {lanes} lanes of every row are off, as mask_lanes asks",)


def _page(compressed: Compressed, layers: tuple[FloatLayer, ...]) -> bytes:
    """Return the report as an HTML file."""
    # Imported here, as it takes matplotlib and jinja2.
    from zskip.report.build import build_report
    from zskip.report.html import to_html

    return to_html(build_report(compressed, layers)).encode()


def _cycles(
    engine: Engine[Any, Any],
    layers: tuple[FloatLayer, ...],
    result: Compression,
    given: Inputs,
    energies: EnergyTable,
    progress: Progress,
) -> tuple[Prediction, tuple[float, ...] | None]:
    """Predict cycles, and those before pruning if there was any."""
    network = result.network
    columns = sum(inputs for _, inputs in network.shapes)
    count = min(MAX_INPUTS, max(1, PREDICTED_COLUMNS // columns), len(given.values))
    activations = network.quantize_inputs(given.values[:count])
    with progress("predicting cycles", count * len(layers)) as advance:
        predicted, run = predict(
            engine, network, activations, energies=energies, on_progress=advance
        )
    if not result.pruned:
        return predicted, None
    with progress("predicting cycles before pruning", count * len(layers)) as advance:
        before = unpruned_cycles(engine, layers, network, activations, run, on_progress=advance)
    return predicted, before


def _accuracy(result: Compression, given: Inputs) -> Accuracy | None:
    """Compare the largest outputs with the labels."""
    if given.labels is None:
        return None
    labels = given.labels[: len(result.outputs)]
    return Accuracy(
        float_network=accuracy(result.float_outputs, labels),
        compressed=accuracy(result.outputs, labels),
    )
