"""Explorations; oracle: points measured alone, and the figures of the EIE paper."""

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

import zskip
from zskip.exploration import measure as measuring
from zskip.exploration.measure import ERROR, Figures, measure
from zskip.exploration.points import Point
from zskip.exploration.workload import Workload
from zskip.flow import explore as verb
from zskip.flow.bench import bench
from zskip.flow.explore import explore
from zskip.flow.preset_view import preset_view
from zskip.model.common.errors import InputError
from zskip.model.eie.config import PAPER, PE_COUNTS, TINY, TUNED
from zskip.model.eie.figures.explored import WIDTHS
from zskip.model.eie.figures.presets import DEPTHS, PRESETS

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
SMALL: dict[str, Any] = {"layers": ["NT-We", "VGG-7"], "scale": 1 / 16}
GRID = {"queue_depth": (1, 4), "pe_count": (2, 8)}


@pytest.mark.parametrize(
    ("kind", "field", "values"),
    [
        ("queue", "queue_depth", DEPTHS),
        ("pes", "pe_count", PE_COUNTS),
        ("padding", "pe_count", PE_COUNTS),
        ("balance", "pe_count", PE_COUNTS),
    ],
)
def test_points_of_presets_are_those_of_the_bench(
    kind: str, field: str, values: tuple[int, ...]
) -> None:
    report = explore(preset=kind, **SMALL)
    rows = report.to_dict()
    assert [row[field] for row in rows[::2]] == list(values)
    assert [row["network"] for row in rows[:2]] == ["NT-We", "VGG-7"]
    for row in rows[2:4]:
        config = PAPER.replace(**{field: values[1]})
        layer = str(row["network"])
        (result,) = bench(config=config, layers=[layer], scale=1 / 16, model=True).results
        assert row["cycles"] == result.cost.cycles
        assert row["padding"] == result.cost.counters["padding"]
        assert (row["pe_count"], row["config"]) == (result.pe_count, result.config)
    view = preset_view(report, PRESETS[kind])
    assert view.values == tuple(map(str, values))
    assert all(one is not None and one > 0 for line in view.figures.values() for one in line)


def test_deeper_queues_are_no_slower() -> None:
    cycles = [one["cycles"] for (one,) in explore(preset="queue", layers=["NT-LSTM"]).figures]
    assert cycles == sorted(cycles, reverse=True)
    assert float(cycles[0]) > 1.05 * float(cycles[-1])
    assert float(cycles[3]) > 1.01 * float(cycles[-1])


def test_more_pes_have_less_padding_and_are_harder_to_balance() -> None:
    figures: list[Any] = [one for (one,) in explore(preset="pes", layers=["NT-We"]).figures]
    assert figures[0]["speedup"] == 1
    assert figures[-1]["real_work"] == 1 > figures[0]["real_work"]
    assert figures[0]["balance"] > 0.99
    # The reference sheet's random stand-in for the paper's figures 11 to 13.
    assert [round(point["real_work"], 1) for point in figures[:7]] == [0.8] * 3 + [0.9] * 2 + [
        1.0
    ] * 2
    assert figures[6]["balance"] == pytest.approx(0.65, abs=0.02)
    assert figures[-1]["speedup"] == pytest.approx(70, rel=0.05)


def test_wider_words_are_read_less_often() -> None:
    view = preset_view(explore(preset="width", layers=["NT-LSTM"]), PRESETS["width"])
    assert view.values == tuple(map(str, WIDTHS))
    reads = [one or 0 for one in view.figures["NT-LSTM"]]
    assert reads == sorted(reads, reverse=True)
    assert reads[0] > 1.5 * reads[-1]


def test_switches() -> None:
    report = explore(preset="switches", config=TUNED, layers=["NT-LSTM"], scale=1 / 8)
    view = preset_view(report, PRESETS["switches"])
    assert view.values[0] == "none"
    assert len(set(view.values)) == 16
    bits = dict(zip(view.values, view.beside, strict=True))
    assert bits["none"] == bits["balanced_rows"] == 0 < bits["free_padding"]
    assert view.figures["NT-LSTM"][0] == 1
    names = [row["config"] for row in report.to_dict()]
    assert (names[0], names[-1]) == ("paper grouped_pointers=1", "tuned")


def test_lanes() -> None:
    report = explore(
        preset="lanes", config=TUNED.replace(pe_count=4), layers=["NT-LSTM"], scale=1 / 8
    )
    view = preset_view(report, PRESETS["lanes"])
    assert view.values == ("1", "2", "4", "8")
    speedups = [one or 0 for one in view.figures["NT-LSTM"]]
    assert speedups[0] == 1 < speedups[1] <= speedups[2]
    assert list(view.beside) == sorted(view.beside)


def test_rows_are_the_points_measured_alone() -> None:
    report = explore(settings=GRID, **SMALL)
    assert report.varied == ("pe_count", "queue_depth")
    rows = report.to_dict()
    assert len(rows) == 8
    for row in rows:
        (alone,) = explore(
            settings={name: int(str(row[name])) for name in GRID},
            layers=[str(row["network"])],
            scale=1 / 16,
        ).to_dict()
        same = set(alone) - {"front", "speedup"}
        assert {name: row[name] for name in same} == {name: alone[name] for name in same}
    first = [float(one["cycles"]) for one in report.figures[0]]
    for figures in report.figures:
        for start, one in zip(first, figures, strict=True):
            assert one["speedup"] == start / float(one["cycles"])


def test_several_engines() -> None:
    report = explore(
        engine=["eie", "nm"],
        config=["tiny", "nm_1_4"],
        settings={"queue_depth": (2, 4)},
        **SMALL,
    )
    rows = report.to_dict()
    assert [row["engine"] for row in rows] == ["eie"] * 4 + ["nm"] * 2
    assert [row["queue_depth"] for row in rows] == [2, 2, 4, 4, None, None]
    assert len({tuple(row) for row in rows}) == 1


def test_the_front_is_of_the_means_over_layers() -> None:
    report = explore(settings=GRID, front=["cycles"], **SMALL)
    means = [one["cycles"] for one in report.summaries if one is not None]
    assert list(report.front) == [mean == min(means) for mean in means]
    layers = [float(one["cycles"]) for one in report.figures[0]]
    assert means[0] == pytest.approx((layers[0] * layers[1]) ** 0.5)
    bytes_ = [one["memory_bytes"] for one in report.figures[0]]
    assert report.summaries[0] is not None
    assert report.summaries[0]["memory_bytes"] == max(bytes_)


def test_what_does_not_fit_is_on_no_front() -> None:
    report = explore(settings={"spmat_depth": (1, 4096)}, layers=["VGG-7"], scale=1 / 16)
    assert report.front == (False, True)
    assert [row["fits"] for row in report.to_dict()] == [False, True]
    assert report.notes[-1].startswith("1 point would need memories beyond")


def test_a_network_with_labels() -> None:
    given: dict[str, Any] = {
        "weights": EXAMPLE / "network.npz",
        "inputs": EXAMPLE / "test.npz",
        "input_scale": 1 / 16,
        "count": 60,
    }
    report = explore(config="tiny", settings={"weight_bits": (2, 4)}, **given)
    assert report.workloads == ("network",)
    assert report.objectives == ("cycles", "memory_bytes", "accuracy")
    for row, bits in zip(report.to_dict(), (2, 4), strict=True):
        oracle = zskip.compress(config=TINY.replace(weight_bits=bits), **given)
        assert oracle.calibration_accuracy is not None
        assert row["accuracy"] == oracle.calibration_accuracy.compressed
        assert row["chip_bytes"] == oracle.chip_bytes


def test_a_compressed_network() -> None:
    made = zskip.compress(
        EXAMPLE / "network.npz", inputs=EXAMPLE / "calibration.npz", config="tiny", count=50
    )
    report = explore(
        weights=made, inputs=EXAMPLE / "calibration.npz", count=4, settings={"pe_count": (1, 2, 4)}
    )
    cycles = [int(float(str(row["cycles"]))) for row in report.to_dict()]
    assert cycles == sorted(cycles, reverse=True)
    (oracle,) = {
        sum(
            layer.cost.cycles
            for layer in bench(
                weights=made, inputs=EXAMPLE / "calibration.npz", count=4, model=True
            ).results
        )
    }
    assert report.to_dict()[2]["cycles"] == oracle


def test_a_store_saves_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[Point] = []

    def counting(point: Point, workload: Workload) -> Figures:
        counted.append(point)
        return measure(point, workload)

    monkeypatch.setattr(verb, "measure", counting)
    folder = tmp_path / "store"
    first = explore(settings=GRID, store=folder, **SMALL)
    assert first.computed == len(counted) == len(list(folder.iterdir())) == 8
    more = {**GRID, "queue_depth": (1, 2, 4)}
    second = explore(settings=more, store=folder, **SMALL)
    assert second.computed == len(counted) - 8 == 4
    assert second.to_csv() == explore(settings=more, **SMALL).to_csv()


def test_an_interrupt_keeps_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = iter(range(3))

    def interrupted(point: Point, workload: Workload) -> Figures:
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return measure(point, workload)

    with monkeypatch.context() as patched:
        patched.setattr(verb, "measure", interrupted)
        with pytest.raises(KeyboardInterrupt):
            explore(settings=GRID, store=tmp_path / "store", **SMALL)
    assert explore(settings=GRID, store=tmp_path / "store", **SMALL).computed == 5


def test_samples_and_lists() -> None:
    whole = explore(settings={"queue_depth": range(1, 9)}, **SMALL)
    some = explore(settings={"queue_depth": range(1, 9)}, samples=3, seed=1, **SMALL)
    assert set(some.points) < set(whole.points)
    assert len(some.points) == 3
    listed = explore(points=[{"queue_depth": 3}, {"config": "tiny"}], **SMALL)
    assert [point.config for point in listed.points] == [PAPER.replace(queue_depth=3), TINY]


def test_the_rows_as_a_file(tmp_path: Path) -> None:
    report = explore(settings=GRID, table=tmp_path / "rows.csv", **SMALL)
    text = (tmp_path / "rows.csv").read_text()
    assert text == report.to_csv()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["cycles"] for row in rows] == [str(row["cycles"]) for row in report.to_dict()]
    json.dumps(report.to_dict(), allow_nan=False)


def test_pandas_reads_the_rows(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    report = explore(settings=GRID, table=tmp_path / "rows.csv", **SMALL)
    frame = pandas.read_csv(tmp_path / "rows.csv")
    assert frame["cycles"].tolist() == [row["cycles"] for row in report.to_dict()]
    assert frame["front"].dtype == bool


@pytest.mark.parametrize("given", [{"preset": "pes"}, {"preset": "switches"}, {"settings": GRID}])
def test_plot(given: dict[str, Any], tmp_path: Path) -> None:
    plots = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for plot in plots:
        assert explore(plot=plot, **given, **SMALL).plot == plot
    assert plots[0].read_bytes() == plots[1].read_bytes()
    text = plots[0].read_text()
    assert PRESETS[given["preset"]].meaning in text if "preset" in given else "Pareto" in text


def test_every_point_may_fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def failing(point: Point, workload: Workload) -> Figures:
        return {ERROR: "no reason"}

    monkeypatch.setattr(verb, "measure", failing)
    report = explore(settings={"queue_depth": range(1, 13)}, plot=tmp_path / "x.svg", **SMALL)
    assert not any(report.front)
    assert report.notes[0] == "left out: eie paper queue_depth=1 pe_count=64 on NT-We: no reason"
    assert report.notes[-1] == "left out: 14 more, which the rows name"
    assert {row["error"] for row in report.to_dict()} == {"no reason"}


def test_a_further_column_is_one_more_function(monkeypatch: pytest.MonkeyPatch) -> None:
    def further(done: measuring.Measured) -> Figures:
        return {"queues": done.config.pe_count * int(vars(done.config)["queue_depth"])}

    monkeypatch.setattr(measuring, "COLUMNS", (*measuring.COLUMNS, further))
    rows = explore(settings=GRID, **SMALL).to_dict()
    assert [row["queues"] for row in rows[::2]] == [2, 8, 8, 32]


def test_a_point_that_kills_workers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="needs the extra `explore`")

    def deadly(point: Point, workload: Workload) -> Figures:
        if vars(point.config)["queue_depth"] == 4 and point.config.pe_count == 8:
            os.abort()
        return measure(point, workload)

    monkeypatch.setattr(verb, "measure", deadly)
    small = {**SMALL, "layers": ["NT-We"]}
    report = explore(settings=GRID, jobs=2, **small)
    (note,) = report.notes
    assert note.startswith(
        "left out: eie paper queue_depth=4 pe_count=8 on NT-We: workers in turn "
    )
    monkeypatch.undo()
    assert report.measured[:3] == explore(settings=GRID, **small).measured[:3]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"preset": "speed"}, r"a preset must be one of queue, pes, .*, not 'speed'"),
        ({"preset": "pes", "engine": "nm"}, "of an engine that has some, but nm has none"),
        ({"preset": "pes", "config": ["tiny", "paper"]}, "must start from one configuration"),
        ({"preset": "pes", "samples": 3}, "only one of --preset and --samples must be given"),
        ({"points": [{}], "samples": 3}, "only one of --points and --samples must be given"),
        ({"preset": "pes", "settings": {"pe_count": 4}}, "pe_count must be left to the preset"),
        ({"points": [{}], "settings": {"pe_count": 4}}, "--set must be given without --points"),
        ({"front": ["speed"]}, "a Pareto front must be of some of cycles, .*, not of 'speed'"),
        ({"front": ["accuracy"]}, "must have labels of the inputs, but there are none"),
        ({"inputs": [[1.0]]}, "--inputs must be given with a network only"),
        ({"weights": "x.npz"}, "--inputs must be given with a network: add"),
        ({"weights": "x.npz", "layers": ["NT-We"]}, "--layer must be given without a network"),
        ({"engine": "x"}, "the engine must be one of eie, nm, bitlet, not 'x'"),
        ({"config": "x"}, "a configuration of eie must be one of paper, "),
        ({"plot": "none/x.svg"}, "must be in a folder that exists"),
        ({"table": "none/x.csv"}, "must be in a folder that exists"),
        ({"store": "none/x"}, "must be in a folder that exists"),
    ],
)
def test_bad_input(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        explore(**given)


def test_a_compressed_network_is_for_its_engine() -> None:
    made = zskip.compress(
        EXAMPLE / "network.npz", inputs=EXAMPLE / "calibration.npz", config="tiny", count=50
    )
    with pytest.raises(InputError, match="the engine must be eie, which the network is compress"):
        explore(weights=made, inputs=EXAMPLE / "calibration.npz", engine="nm")


def test_processes_need_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'zskip\[explore\]', or compute in one proc"):
        explore(jobs=2, settings=GRID, **SMALL)
