"""Engines on layers drawn at random; oracles: the formula of the N:M array, plain counts, bench."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import zskip
from zskip.flow import compare_shapes, gates, synthetic
from zskip.flow.contenders import Contender
from zskip.flow.crossings import duels
from zskip.flow.gates import NO_YOSYS, Gates, count_gates
from zskip.flow.shape_comparison import ShapeComparison
from zskip.model.common.benchmark import NAMES, find
from zskip.model.common.energy import REGISTERS
from zskip.model.common.errors import InputError, RunFailure
from zskip.model.common.pattern import Pattern, follows
from zskip.model.common.synthetic import draw_activations, draw_mask
from zskip.model.eie.config import TINY
from zskip.model.nm.config import NAMED
from zskip.model.nm.latencies import pass_cycles, run_cycles


def cycles(report: ShapeComparison) -> dict[str, list[int]]:
    """Cycles of every contender."""
    return {
        item.name: [point.cycles for point in report.of(item.name)] for item in report.contenders
    }


def test_2_4_takes_half_the_cycles_of_dense() -> None:
    report = zskip.density_map((1024, 1024), [0.5], engines="nm,dense")
    sparse, dense = report.points
    more = pass_cycles(NAMED["dense"]) + run_cycles(NAMED["dense"])
    assert (sparse.cycles, dense.cycles) == (1024 * 1024 // 128 + more, 1024 * 1024 // 64 + more)
    assert sparse.cycles <= 0.51 * dense.cycles
    assert (sparse.pattern, dense.pattern) == ("2:4", "4:4")
    assert sparse.macs == dense.macs == 1024 * 1024 // 2
    assert sparse.utilization > 0.99


def test_cycles_over_density() -> None:
    densities = [0.1, 0.25, 0.5, 0.6, 1.0]
    report = zskip.density_map((64, 96), densities, engines="eie,nm_1_4,nm,dense", multipliers=16)
    taken = cycles(report)
    assert [case.density for case in report.cases] == densities
    for name, beats in (("nm_1_4", [1, 1, 2, 3, 4]), ("nm", [1, 1, 1, 2, 2]), ("dense", [1] * 5)):
        config = NAMED[{"nm": "nm_2_4"}.get(name, name)].with_multipliers(16)
        words = 64 // config.pe_count * (96 // config.window)
        more = pass_cycles(config) + run_cycles(config)
        assert taken[name] == [words * beat + more for beat in beats]
    assert taken["eie"] == sorted(taken["eie"])
    for point in report.of("eie"):
        assert point.macs == round(point.case.density * 64 * 96)
        assert point.cycles > point.macs / 16
    rows = report.to_dict()
    assert len(rows) == 20
    assert {(row["outputs"], row["inputs"], row["multipliers"]) for row in rows} == {(64, 96, 16)}


def test_zero_activations_help_the_engine_that_skips_them() -> None:
    options: dict[str, Any] = {"engines": "eie,nm", "multipliers": 16}
    few = zskip.density_map((64, 96), [0.5], activation_density=0.25, **options)
    all_of_them = zskip.density_map((64, 96), [0.5], **options)
    assert few.points[0].cycles < 0.5 * all_of_them.points[0].cycles
    assert few.points[1].cycles == all_of_them.points[1].cycles
    assert few.points[1].macs < 0.4 * all_of_them.points[1].macs


def test_the_same_seed_gives_the_same_layers_in_any_number_of_processes() -> None:
    options: dict[str, Any] = {"engines": "eie:tiny,nm", "multipliers": 16}
    alone = zskip.density_map((40, 50), [0.1, 0.4], **options)
    assert zskip.density_map((40, 50), [0.1, 0.4], jobs=2, **options).points == alone.points
    assert zskip.density_map((40, 50), [0.1, 0.4], seed=2, **options).points != alone.points


@pytest.mark.parametrize("pattern", [None, Pattern(1, 4), Pattern(3, 8), Pattern(4, 4)])
def test_masks_follow_pattern_and_density(pattern: Pattern | None) -> None:
    mask = draw_mask((24, 64), 0.2, pattern, 1)
    assert np.count_nonzero(mask) == round(0.2 * mask.size)
    assert pattern is None or follows(mask.astype(np.float32), pattern)
    vector = draw_activations(50, 0.3, 1)
    assert (vector.shape, np.count_nonzero(vector)) == ((1, 50), 15)
    assert vector.max() < 128
    assert np.count_nonzero(draw_activations(2, 0.1, 1)) == 1


def test_benchmark_layers(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    report = zskip.compare_layers(scale=1 / 16, plot=tmp_path / "plot.svg")
    assert [case.name for case in report.cases] == list(NAMES)
    for case in report.cases:
        layer = find(case.name).scaled(1 / 16)
        assert case.shape == (layer.outputs, layer.inputs)
        assert case.density == layer.weight_density
    text = (tmp_path / "plot.svg").read_text()
    ElementTree.fromstring(text)
    assert all(word in text for word in (*NAMES, "eie", "nm", "dense"))
    assert report.duels == ()
    (bench,) = zskip.bench(model=True, layers=["NT-We"]).results
    mine = zskip.compare_layers(["NT-We"], engines="eie")
    assert mine.points[0].cycles == pytest.approx(bench.cost.cycles, rel=0.03)
    energy = mine.points[0].energy
    assert energy is not None
    assert energy.total == pytest.approx(bench.cost.energy.total, rel=0.03)
    assert mine.assumptions == bench.cost.energy.assumptions


def test_energies_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("register_fj = 2.8\n", encoding="utf-8")
    options: dict[str, Any] = {"engines": "nm", "multipliers": 16}
    published = zskip.density_map((32, 32), [0.5], **options)
    mine = zskip.density_map((32, 32), [0.5], energies=tmp_path / "own.toml", **options)
    twice, once = (report.points[0].energy for report in (mine, published))
    assert twice is not None
    assert once is not None
    assert twice.parts[REGISTERS] == pytest.approx(2 * once.parts[REGISTERS])
    assert published.to_dict()[0]["energy_nj"] == pytest.approx(once.total)


def test_a_layer_that_no_memory_holds_has_cycles_and_no_energy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options: dict[str, Any] = {"engines": "dense", "multipliers": 16}
    (known,) = zskip.density_map((32, 32), [0.5], **options).points

    def refuse(*arguments: Any, **options: Any) -> Any:
        raise InputError("the network must fit")

    monkeypatch.setattr(type(zskip.engines.engine("nm")), "layer_counters", refuse)
    (point,) = zskip.density_map((32, 32), [0.5], **options).points
    assert known.energy is not None
    assert (point.cycles, point.energy) == (known.cycles, None)


@pytest.mark.parametrize("name", ["eie:tiny", "nm_1_4", "nm", "bitlet:tiny", "dense"])
def test_the_rtl_takes_as_long_as_the_model(name: str) -> None:
    report = zskip.density_map(
        (24, 20), [0.1, 0.5, 0.9], engines=name, multipliers=4, checks=2, simulator="icarus"
    )
    assert report.checked == 2


def test_a_departure_from_the_rtl_is_a_failed_run(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = zskip.engines.engine("nm")
    genuine = type(engine).weight_cycles

    def slower(*arguments: Any, **options: Any) -> Any:
        return genuine(*arguments, **options) + 1

    monkeypatch.setattr(type(engine), "weight_cycles", slower)
    with pytest.raises(RunFailure, match=r"cycle model of nm must equal the RTL at density 0.5"):
        zskip.density_map((8, 8), [0.5], engines="nm", multipliers=4, checks=1, simulator="icarus")


def test_large_layers_are_cut_for_the_rtl() -> None:
    case = synthetic.Case("", (4096, 100), 0.5, 1.0, 1)
    assert case.cut().shape == (256, 100)
    small = Contender("eie", TINY.replace(spmat_depth=1))
    config, pairs = synthetic.built(small, [case.cut()._replace(density=0.1), case.cut()])
    assert config.replace(spmat_depth=1).changes_to(config)["spmat_depth"] >= 25600 / 64
    assert [pair.network.config for pair in pairs] == [config, config]


def test_crossings() -> None:
    def line(density: float) -> int:
        return round(10_000 * density)

    def steps(density: float) -> int:
        return 5_000 if density <= 0.5 else 10_000

    grid = [0.1, 0.3, 0.5, 0.7, 0.9]
    (duel,) = duels(grid, {"a": line, "b": steps}, "cycles")
    assert [part.ahead for part in duel.segments] == ["a", None, "a"]
    assert str(duel) == "a or b, fewer cycles: a below 0.50, neither at 0.50, a above 0.50"
    (duel,) = duels(grid, {"a": line, "b": lambda density: 3_700}, "cycles")
    assert [segment.ahead for segment in duel.segments] == ["a", "b"]
    assert duel.segments[0].high == pytest.approx(0.37, abs=0.01)
    assert str(duel) == "a or b, fewer cycles: a below 0.37, b above 0.37"
    (duel,) = duels(grid, {"a": line, "b": lambda density: 0}, "cycles")
    assert str(duel) == "b takes fewer cycles than a at every density"
    (duel,) = duels(grid, {"a": line, "b": line}, "cycles")
    assert str(duel) == "a and b take the same cycles at every density"
    assert len(duels(grid, {"a": line, "b": steps, "c": line}, "cycles")) == 3
    (duel,) = duels([0.1, 0.9, 1.0], {"a": line, "b": lambda density: 9_999}, "cycles")
    assert str(duel) == "a or b, fewer cycles: a below 1.00, b at 1.00"


def test_map_as_a_plot(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    options: dict[str, Any] = {"engines": "eie:tiny,nm,dense", "multipliers": 16}
    plots = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for plot in plots:
        zskip.density_map((32, 32), [0.2, 1.0], plot=plot, **options)
    text = plots[0].read_text()
    ElementTree.fromstring(text)
    assert all(word in text for word in ("eie:tiny", "dense", "32 x 32", "16 multipliers"))
    assert plots[1].read_text() == text


def test_gates_are_of_hardware_that_holds_the_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[Any] = []

    def count(config: Any) -> Gates:
        counted.append(config)
        return Gates(1000, 70)

    monkeypatch.setattr(compare_shapes, "count_gates", count)
    report = zskip.density_map((512, 512), [1.0], engines="nm", multipliers=4, gates=True)
    assert report.gates == {"nm": Gates(1000, 70)}
    assert counted[0].weight_depth == 512 * 512 // 4
    report = zskip.density_map(
        (64, 64), [0.1, 0.9], engines="eie:tiny,nm", multipliers=4, gates=True
    )
    assert [duel.cost for duel in report.duels] == ["cycles", "cycles x gates"]
    # The gates are the same, and so are the crossings.
    assert report.duels[0].segments == report.duels[1].segments
    monkeypatch.setattr(compare_shapes, "count_gates", lambda config: None)
    report = zskip.density_map((8, 8), [1.0], engines="nm", gates=True)
    assert (report.gates, report.notes) == ({}, (NO_YOSYS,))


def test_no_yosys_counts_no_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates.shutil, "which", lambda name: None)
    monkeypatch.setattr(gates.importlib.util, "find_spec", lambda name: None)
    assert count_gates(TINY) is None


def test_a_failure_of_yosys_is_a_failed_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "find_yosys", lambda: ["sh", "-c", "echo out of order >&2; exit 3"])
    with pytest.raises(RunFailure, match="gates of zskip_nm, but failed: out of order"):
        count_gates(NAMED["tiny"])


@pytest.mark.slow
def test_2_4_costs_few_gates() -> None:
    if gates.find_yosys() is None:
        pytest.skip(NO_YOSYS)
    report = zskip.density_map((1024, 1024), [0.5], engines="nm,dense", gates=True)
    sparse, dense = (report.gates[name] for name in ("nm", "dense"))
    assert 40_000 < dense.count < sparse.count <= 1.08 * dense.count
    assert 4_000 < dense.flip_flops < sparse.flip_flops


def test_gates_of_a_small_array() -> None:
    if gates.find_yosys() is None:
        pytest.skip(NO_YOSYS)
    few, more = (count_gates(NAMED["tiny"].with_multipliers(count)) for count in (2, 4))
    assert few is not None
    assert more is not None
    assert 500 < few.flip_flops < few.count < more.count < 2 * few.count


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shape": (0, 4)}, "at least one output and one input, not 0x4"),
        ({"densities": []}, "a map must have at least one density, not none"),
        ({"densities": [0.5, 0.0]}, "density must be above 0 and at most 1, not 0.0"),
        ({"densities": [1.01]}, "density must be above 0 and at most 1, not 1.01"),
        ({"activation_density": 0.0}, "of the activations must be above 0 and at most 1, not 0.0"),
        ({"activation_density": 2.0}, "of the activations must be above 0 and at most 1, not 2.0"),
        ({"checks": -1}, "checks must be 0 or more, not -1"),
        ({"engines": "dence"}, "not 'dence': did you mean dense"),
        ({"multipliers": 3}, "a number that eie can have, not 3"),
        ({"simulator": "vcs"}, "one of verilator, icarus, not 'vcs'"),
        ({"plot": "none/plot.svg"}, "must be in a folder that exists"),
    ],
)
def test_bad_input(options: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"shape": (8, 8), "densities": [0.5]} | options
    with pytest.raises(InputError, match=message) as caught:
        zskip.density_map(**given)
    assert "\n" not in str(caught.value)


def test_bad_layers() -> None:
    with pytest.raises(InputError, match=r"a benchmark layer must be one of .* not 'Alex-9'"):
        zskip.compare_layers(["Alex-9"])
