"""Engines side by side; oracles: each verb on its own, the float network, plain counts."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import zskip
from zskip.files.inputs import read_inputs
from zskip.files.weights import read_weights
from zskip.flow import compare as flow
from zskip.flow.contenders import given_contenders
from zskip.flow.gates import NO_YOSYS, Gates
from zskip.model.common.errors import InputError
from zskip.model.common.metrics import accuracy, signal_to_noise
from zskip.model.common.reference import float_network
from zskip.model.eie.config import PAPER, TINY
from zskip.model.nm.config import NAMED
from zskip.verif.common.simulator import Simulator

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
WEIGHTS, TEST = EXAMPLE / "network.npz", EXAMPLE / "test.npz"
COUNT = 10


def small() -> dict[str, Any]:
    """A network of two layers."""
    rng = np.random.default_rng(1)
    return {"a.weight": rng.normal(size=(11, 9)), "b.weight": rng.normal(size=(5, 11))}


def samples() -> dict[str, Any]:
    """Inputs of it, and labels."""
    rng = np.random.default_rng(2)
    return {"inputs": rng.normal(size=(12, 9)), "labels": rng.integers(5, size=12)}


def test_the_figures_are_those_of_the_verbs() -> None:
    report = zskip.compare(WEIGHTS, TEST, count=COUNT, input_scale=1 / 16, model=True)
    assert [item.name for item in report.contenders] == ["eie", "nm", "bitlet:int8", "dense"]
    floats, given = read_weights(WEIGHTS), read_inputs(TEST, count=COUNT)
    truth = float_network(floats, given.values / 16)[-1]
    assert given.labels is not None
    assert report.float_accuracy == accuracy(truth, given.labels)
    for item, pattern in zip(report.contenders, (None, "2:4", None, "4:4"), strict=True):
        config = zskip.config(item.config, engine=item.engine).with_multipliers(64)
        alone = zskip.compress(
            WEIGHTS,
            inputs=read_inputs(TEST).values,
            input_scale=1 / 16,
            pattern=pattern,
            config=config.with_pattern(2, 4) if pattern == "2:4" else config,
        )
        assert item.pattern == pattern
        assert item.cost.multipliers == 64
        assert item.chip_bytes == alone.chip_bytes
        network = alone.network
        engine = zskip.engines.engine(item.engine)
        run = engine.run(network, network.quantize_inputs(given.values))
        outputs = run.outputs * 2.0 ** -network.layers[-1].scale.output_fraction
        assert item.snr_db == pytest.approx(signal_to_noise(truth, outputs))
        assert item.accuracy == accuracy(outputs, given.labels)
        assert item.weights_kept == sum(x.nonzeros for x in network.layers) / 50432
        timing = engine.timing(network, run)
        cycles = sum(int(passes[0].central["cycles"].sum()) for passes in timing)
        assert item.cost.cycles == pytest.approx(cycles / COUNT)
        assert item.cost.utilization == item.cost.macs / (item.cost.cycles * 64)
    # Windows of 16 and of 8; the biases of the compressed layers are 256, 128 and 10 outputs.
    _, nm, _, dense = report.contenders
    assert nm.activations_read == dense.activations_read == 32 * 64 + 16 * 256 + 2 * 128


@pytest.mark.parametrize("simulator", list(Simulator))
def test_the_rtl_gives_what_the_models_give(simulator: Simulator) -> None:
    given = samples()
    options: dict[str, Any] = {"engines": "eie:tiny,nm,nm_1_4,dense", "multipliers": 4, "count": 3}
    rtl = zskip.compare(small(), given["inputs"], simulator=simulator, **options)
    models = zskip.compare(small(), given["inputs"], model=True, **options)
    assert (rtl.source, models.source) == ("rtl", "model")
    assert rtl.contenders == models.contenders
    assert all(item.accuracy is None for item in rtl.contenders)


def test_density_is_for_hardware_without_a_pattern() -> None:
    given = samples()
    report = zskip.compare(
        small(),
        given["inputs"],
        labels=given["labels"],
        density=0.2,
        engines=["eie:tiny", NAMED["tiny"], "nm:nm_4_8", "dense"],
        multipliers=4,
        model=True,
    )
    kept = {item.name: item.weights_kept for item in report.contenders}
    # 20 and 11 of 99 and 55, without those that are not used. Of 9 and 11 inputs, 2:4 keeps 5 and
    # 6, 4:8 keeps 5 and 7.
    assert 20 / 154 < kept["eie:tiny"] <= 31 / 154
    assert kept["tiny"] <= (11 * 5 + 5 * 6) / 154
    assert kept["nm:nm_4_8"] <= (11 * 5 + 5 * 7) / 154
    assert kept["dense"] > 0.95
    assert all(item.accuracy is not None for item in report.contenders)


def test_plot_and_gates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    counted: list[Any] = []

    def count(config: Any) -> Gates:
        counted.append(config)
        return Gates(100 * len(counted), 7)

    monkeypatch.setattr(flow, "count_gates", count)
    options: dict[str, Any] = {"engines": "nm:tiny,dense", "multipliers": 4, "model": True}
    inputs = samples()["inputs"]
    report = zskip.compare(small(), inputs, gates=True, plot=tmp_path / "plot.svg", **options)
    assert [row["gates"] for row in report.to_dict()] == [100, 200]
    assert [config.multipliers for config in counted] == [4, 4]
    text = (tmp_path / "plot.svg").read_text()
    ElementTree.fromstring(text)
    assert all(word in text for word in ("nm:tiny", "dense", "useful work"))
    monkeypatch.setattr(flow, "count_gates", lambda config: None)
    report = zskip.compare(small(), inputs, gates=True, **options)
    assert report.notes[-1] == NO_YOSYS
    assert report.to_dict()[0]["gates"] is None


def test_names_of_contenders() -> None:
    found = given_contenders("eie, nm,dense,eie:tuned,nm_2_4_large", 32)
    assert [contender.name for contender in found] == [
        "eie",
        "nm",
        "dense",
        "eie:tuned",
        "nm_2_4_large",
    ]
    assert found[0].config == PAPER.replace(pe_count=32)
    assert [contender.config.multipliers for contender in found] == [32] * 5
    (given,) = given_contenders([TINY], 8)
    assert (given.name, given.config) == ("tiny", TINY.replace(pe_count=8))


@pytest.mark.parametrize(
    ("name", "density", "pattern"),
    [
        ("nm", 0.05, "2:4"),
        ("nm", 0.5, "2:4"),
        ("nm", 0.51, "4:4"),
        ("nm_1_4", 0.25, "1:4"),
        ("nm_1_4", 0.7, "3:4"),
        ("nm_4_8", 0.9, "8:8"),
        ("dense", 0.1, "4:4"),
    ],
)
def test_the_fewest_beats_that_hold_a_density(name: str, density: float, pattern: str) -> None:
    (contender,) = given_contenders(name, 64)
    assert str(contender.pattern_of(density)) == pattern


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"engines": "eie,densse"}, "must be one of eie .*nm .*, not 'densse': did you mean dense"),
        ({"engines": "nm:tuned"}, "a configuration of nm must be one of nm_2_4, .* not 'tuned'"),
        ({"engines": "ei:tuned"}, "not 'ei:tuned': did you mean eie"),
        ({"engines": "xyz"}, "not 'xyz': choose one, or engine:configuration"),
        ({"engines": "tiny"}, "several engines have it: choose eie:tiny or nm:tiny"),
        ({"engines": ""}, "at least one engine must be compared, not none"),
        ({"engines": "eie,,nm"}, "must be one of eie .*, not ''"),
        ({"engines": "eie,nm,eie"}, "each engine must be named once, not 'eie' again"),
        ({"multipliers": 48}, "a number that eie can have, not 48: pe_count must be a power of"),
        ({"multipliers": 0}, "a number that eie can have, not 0: pe_count must be from 1|power"),
        ({"engines": "nm", "multipliers": 1}, "a number that nm can have, not 1: a row of 1 x 2"),
        ({"density": 0.0}, "density must be above 0 and at most 1, not 0.0"),
        ({"density": 1.5}, "density must be above 0 and at most 1, not 1.5"),
        ({"density": float("nan")}, "density must be above 0 and at most 1, not nan"),
        ({"input_scale": 0.0}, "the input scale must be positive"),
        ({"input_scale": float("inf")}, "the input scale must be positive"),
        ({"simulator": "vcs"}, "one of verilator, icarus, not 'vcs'"),
        ({"inputs": None}, "inputs must be given to run a network with: add --inputs FILE"),
        ({"inputs": np.ones((3, 8))}, r"must have shape \(n, 9\)"),
        ({"plot": "none/plot.svg"}, "must be in a folder that exists"),
    ],
)
def test_bad_input(options: dict[str, Any], message: str) -> None:
    given = {"weights": small(), "inputs": samples()["inputs"], "model": True} | options
    with pytest.raises(InputError, match=message) as caught:
        zskip.compare(**given)
    assert "\n" not in str(caught.value)
