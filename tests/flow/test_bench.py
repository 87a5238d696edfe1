"""Bench; oracle: the golden model, the cycle model, and arithmetic on the results."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zskip
from zskip.cli.tables import geometric_mean
from zskip.files.inputs import read_inputs
from zskip.files.network import save
from zskip.files.weights import read_weights
from zskip.flow.bench import BenchReport, bench
from zskip.flow.clipping import clipped_note
from zskip.model.common.benchmark import NAMES, find
from zskip.model.common.config import configuration_name
from zskip.model.common.errors import InputError, RunFailure
from zskip.model.eie.accelerator import run
from zskip.model.eie.config import NAMED, PAPER, TINY, TUNED, WIDE, Config
from zskip.model.eie.network import Network
from zskip.verif.common.simulate import Block, Simulation
from zskip.verif.common.simulator import Simulator

SCALE = 1 / 32
RTL_OR_ANOTHER_SEED = [(True, 2), (False, 1), (False, 2)]
EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"


def test_all_nine_layers_by_the_model() -> None:
    report = bench(model=True, scale=SCALE)
    assert [result.layer for result in report.results] == list(NAMES)
    for result in report.results:
        assert (result.config, result.pe_count, result.source) == ("paper", 64, "model")
        assert result.cost.cycles > result.cost.limit_cycles >= result.cost.macs / 64
        assert result.cost.utilization == result.cost.macs / (result.cost.cycles * 64)
        assert result.paper_actual_cycles is None
        layer = find(result.layer).scaled(SCALE)
        assert (result.shape.outputs, result.shape.inputs) == (layer.outputs, layer.inputs)
        expected = result.shape.weights * layer.outputs * layer.inputs * result.shape.activations
        assert result.cost.macs == pytest.approx(expected, rel=0.2)


def test_a_layer_at_its_full_size_stands_beside_the_papers() -> None:
    report = bench(model=True, layers=["nt-we", "NT-We"])
    (result,) = report.results
    assert (result.paper_theoretical_cycles, result.paper_actual_cycles) == (4160, 6400)
    assert result.cost.cycles == pytest.approx(6000, rel=0.05)
    assert result.cost.limit_cycles == 4096
    assert (result.shape.outputs, result.shape.inputs) == (600, 4096)


QUEUEING_MODEL = {
    "Alex-6": 23_000,
    "Alex-7": 10_200,
    "Alex-8": 6_480,
    "VGG-6": 19_700,
    "VGG-7": 6_600,
    "VGG-8": 6_640,
    "NT-We": 6_000,
    "NT-Wd": 10_700,
    "NT-LSTM": 5_390,
}
"""Cycles of the paper's machine that a queueing model gives."""


def means(report: BenchReport) -> tuple[float, float]:
    """Give the geometric means of cycles over the limit and over the paper's cycles."""
    limit = [result.cost.cycles / result.cost.limit_cycles for result in report.results]
    paper = [result.cost.cycles / (result.paper_actual_cycles or 0) for result in report.results]
    return geometric_mean(limit), geometric_mean(paper)


@pytest.mark.parametrize("model", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_the_papers_machine_takes_the_papers_cycles(model: bool) -> None:
    for result in bench(config=PAPER, model=model, jobs=2).results:
        assert result.cost.cycles == pytest.approx(QUEUEING_MODEL[result.layer], rel=0.05)


@pytest.mark.parametrize(
    ("model", "number"),
    [(True, 1), *(pytest.param(*case, marks=pytest.mark.slow) for case in RTL_OR_ANOTHER_SEED)],
)
def test_the_switches_come_close_to_the_limit(number: int, model: bool) -> None:
    report = bench(config=TUNED, model=model, seed=number, jobs=2)
    for result in report.results:
        assert result.cost.cycles <= 1.06 * result.cost.limit_cycles, result.layer
    over_limit, over_paper = means(report)
    assert over_limit <= 1.04
    assert over_paper <= 0.74


@pytest.mark.parametrize("model", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_lanes_take_a_third_of_the_papers_cycles(model: bool) -> None:
    over_limit, over_paper = means(bench(config=WIDE, model=model, jobs=2))
    assert over_limit <= 1.06
    assert over_paper <= 0.32


def test_inputs_back_to_back() -> None:
    report = bench(
        model=True, layers=["alex-7"], scale=SCALE, config=TINY.replace(double_input=1, pe_count=16)
    )
    (result,), (note,) = report.results, report.notes
    assert result.interval == result.cost.cycles + 1
    assert note.startswith(f"{result.layer}: inputs back to back: one every ")
    assert note.endswith("so computing is the limit")
    assert bench(model=True, layers=["alex-7"], scale=SCALE).notes == ()


@pytest.mark.slow
def test_256_pes() -> None:
    (result,) = bench(config=TUNED.replace(pe_count=256), layers=["NT-LSTM"]).results
    assert (result.pe_count, result.source) == (256, "rtl")


def test_the_seed_is_all_that_is_random() -> None:
    first, again, other = (bench(model=True, scale=SCALE, seed=seed).results for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_processes_change_nothing() -> None:
    layers = ["NT-We", "NT-LSTM"]
    alone = bench(model=True, scale=SCALE, layers=layers)
    assert bench(model=True, scale=SCALE, layers=layers, jobs=2) == alone


@pytest.mark.parametrize(
    ("simulator", "config"),
    [(Simulator.VERILATOR, TINY), (Simulator.ICARUS, PAPER.replace(pe_count=4))],
)
def test_the_rtl_takes_as_long_as_the_model(simulator: Simulator, config: Config) -> None:
    rtl = bench(config=config, scale=SCALE, simulator=simulator)
    model = bench(config=config, scale=SCALE, model=True)
    assert [result.layer for result in rtl.results] == list(NAMES)
    for measured, predicted in zip(rtl.results, model.results, strict=True):
        assert measured.source == "rtl"
        for name in ("cost", "shape"):
            assert getattr(measured, name) == getattr(predicted, name), (measured.layer, name)


def test_memories_are_enlarged_as_far_as_needed() -> None:
    report = bench(config=Config(pe_count=2, spmat_depth=1), model=True, scale=SCALE)
    assert report.enlarged["spmat_depth"] > 1
    with pytest.raises(InputError, match=r"spmat_depth.* 1, needed"):
        bench(config=Config(pe_count=2, spmat_depth=1), keep={"spmat_depth"}, scale=SCALE)


def test_a_departure_of_the_rtl_is_a_failed_run(monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = Block.simulate

    def slower(*arguments: Any, **options: Any) -> Simulation:
        simulation = genuine(*arguments, **options)
        simulation.layers[0].passes[0].central["cycles"][0] += 1
        return simulation

    monkeypatch.setattr(Block, "simulate", slower)
    with pytest.raises(RunFailure, match="departs in layer NT-We, cycles of input 0"):
        bench(config=TINY, scale=SCALE, layers=["NT-We"])


@pytest.fixture
def network_files(make_network: Callable[..., Network], tmp_path: Path) -> tuple[Path, Path]:
    """Compressed network of three layers and five inputs."""
    network = make_network(TINY, (24, 20, 16, 10), density=0.9)
    save(network, tmp_path / "network.npz")
    np.save(tmp_path / "inputs.npy", np.random.default_rng(1).normal(size=(5, 24)) * 4)
    return tmp_path / "network.npz", tmp_path / "inputs.npy"


@pytest.mark.parametrize("model", [False, True])
def test_a_compressed_network_gives_the_means_of_its_counters(
    network_files: tuple[Path, Path], make_network: Callable[..., Network], model: bool
) -> None:
    weights, inputs = network_files
    report = bench(weights=weights, inputs=inputs, count=3, model=model)
    network = make_network(TINY, (24, 20, 16, 10), density=0.9)
    golden = run(network, network.quantize_inputs(np.load(inputs)[:3]))
    assert report.inputs == 3
    assert report.enlarged == {}
    assert [result.layer for result in report.results] == ["fc1", "fc2", "fc3"]
    for result, layer in zip(report.results, golden.layers, strict=True):
        entries, padding = (layer.counters[name].sum() for name in ("entries", "padding"))
        assert result.cost.macs == pytest.approx((entries - padding) / 3)
        assert result.cost.counters["padding"] == pytest.approx(padding / 3)
        assert (result.pe_count, result.config) == (4, "tiny")
        assert result.paper_theoretical_cycles is None


def test_a_compressed_network_is_encoded_for_another_array(
    network_files: tuple[Path, Path],
) -> None:
    weights, inputs = network_files
    own = bench(weights=weights, inputs=inputs, model=True).results
    other = bench(weights=weights, inputs=inputs, model=True, config=PAPER.replace(pe_count=1))
    assert [result.cost.macs for result in other.results] == [result.cost.macs for result in own]
    assert {(result.pe_count, result.config) for result in other.results} == {(1, "paper")}


def test_float_weights_are_compressed() -> None:
    report = bench(
        weights=EXAMPLE / "network.npz",
        inputs=EXAMPLE / "calibration.npz",
        count=20,
        input_scale=1 / 16,
        config=TINY.replace(spmat_depth=4),
        model=True,
    )
    assert [result.layer for result in report.results] == ["fc1", "fc2", "fc3"]
    assert report.results[0].shape.weights == pytest.approx(0.12, abs=0.005)
    assert report.enlarged["spmat_depth"] > 4


def test_assumed_activations_and_clipped_inputs_are_said(tmp_path: Path) -> None:
    weights, inputs = EXAMPLE / "network.npz", read_inputs(EXAMPLE / "test.npz", count=4).values
    compressed = zskip.compress(weights, inputs=inputs, input_scale=1 / 16, config=TINY)
    assert bench(weights=compressed, inputs=inputs, model=True).notes == ()
    clipped = bench(weights=compressed, inputs=inputs * 32, model=True).notes
    assert clipped == clipped_note(compressed.network, inputs * 32) != ()
    assumed, named = (
        bench(weights=weights, inputs=inputs, config=TINY, activations=given, model=True)
        for given in (None, "none,none,none")
    )
    assert assumed.notes == read_weights(weights).notes != named.notes == ()
    # Negative values that ReLU does not take away are more work.
    macs = [report.results[2].cost.macs for report in (assumed, named)]
    assert macs[0] < macs[1]
    with pytest.raises(InputError, match="--activations must be given with float weights only"):
        bench(weights=compressed, inputs=inputs, activations="none,none,none")


def test_what_is_read_is_not_written(network_files: tuple[Path, Path]) -> None:
    weights, inputs = network_files
    for target in network_files:
        with pytest.raises(InputError, match="must not be written, it is read"):
            bench(weights=weights, inputs=inputs, model=True, plot=target)


def test_the_model_measures_only_what_fits() -> None:
    with pytest.raises(InputError, match=r"spmat_depth.* 1, needed"):
        bench(
            config=Config(pe_count=2, spmat_depth=1), keep={"spmat_depth"}, model=True, scale=SCALE
        )


def test_accumulators_stay_as_they_are(
    make_network: Callable[..., Network], tmp_path: Path
) -> None:
    network = make_network(TINY.replace(register_depth=2, pass_count=32), (24, 20, 10), density=0.9)
    save(network, tmp_path / "network.npz")
    np.save(tmp_path / "inputs.npy", np.ones((1, 24)))
    files = (tmp_path / "network.npz", tmp_path / "inputs.npy")
    own = bench(model=True, weights=files[0], inputs=files[1])
    other = network.config.replace(queue_depth=64)
    again = bench(model=True, weights=files[0], inputs=files[1], config=other)
    assert own.enlarged == again.enlarged == {}
    for left, right in zip(own.results, again.results, strict=True):
        assert left.cost.macs == right.cost.macs
        assert left.cost.cycles >= right.cost.cycles


def test_plot(tmp_path: Path) -> None:
    plot = tmp_path / "plot.svg"
    report = bench(model=True, scale=SCALE, plot=plot)
    assert report.plot == plot
    text = plot.read_text()
    assert all(name in text for name in NAMES)
    assert "limit" in text


def test_names_of_configurations() -> None:
    assert configuration_name(NAMED, PAPER) == "paper"
    assert configuration_name(NAMED, TUNED.replace(pe_count=4)) == "tuned"
    assert configuration_name(NAMED, TUNED.replace(queue_depth=16)) == "tuned queue_depth=16"
    assert configuration_name(NAMED, PAPER.replace(free_padding=1)) == "paper free_padding=1"
    assert json.dumps(configuration_name(NAMED, TINY)) == '"tiny"'
