"""Sweeps; oracle: the bench at single points, and the figures of the EIE paper."""

from pathlib import Path

import pytest

from zskip.flow.bench import bench
from zskip.flow.sweep import sweep
from zskip.model.common.errors import InputError
from zskip.model.eie.config import PAPER, TUNED
from zskip.model.eie.figures.sweep import DEPTHS, KINDS, PE_COUNTS, WIDTHS

SMALL = {"layers": ["NT-We", "VGG-7"], "scale": 1 / 16}


@pytest.mark.parametrize(
    ("kind", "values"),
    [("queue", DEPTHS), ("pes", PE_COUNTS), ("padding", PE_COUNTS), ("balance", PE_COUNTS)],
)
def test_points_are_those_of_the_bench(kind: str, values: tuple[int, ...]) -> None:
    swept = sweep(kind, **SMALL)
    assert [point.value for point in swept.points] == [*values, *values]
    assert [point.layer for point in swept.points[:: len(values)]] == ["NT-We", "VGG-7"]
    for point in swept.points[1 :: len(values)]:
        name = "queue_depth" if kind == "queue" else "pe_count"
        config = PAPER.replace(**{name: values[1]})
        (result,) = bench(config=config, layers=[point.layer], scale=1 / 16, model=True).results
        assert point.figures["cycles"] == result.cost.cycles
        assert point.figures["padding"] == result.cost.counters["padding"]
        assert (point.pe_count, point.config) == (result.pe_count, result.config)
        assert point.figures[swept.about.figure] > 0


def test_deeper_queues_are_no_slower() -> None:
    cycles = [point.figures["cycles"] for point in sweep("queue", layers=["NT-LSTM"]).points]
    assert cycles == sorted(cycles, reverse=True)
    assert cycles[0] > 1.05 * cycles[3] > 1.05 * cycles[-1]


def test_more_pes_have_less_padding_and_are_harder_to_balance() -> None:
    figures = [point.figures for point in sweep("pes", layers=["NT-We"]).points]
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
    swept = sweep("width", layers=["NT-LSTM"])
    reads = [point.figures["reads"] for point in swept.points]
    assert [point.value for point in swept.points] == list(WIDTHS)
    assert reads == sorted(reads, reverse=True)
    assert reads[0] > 1.5 * reads[-1]


def test_switches() -> None:
    swept = sweep("switches", config=TUNED, layers=["NT-LSTM"], scale=1 / 8)
    names = [point.value for point in swept.points]
    assert names[0] == "none"
    assert len(set(names)) == 8
    assert set(swept.storage_bits) == set(names)
    assert swept.storage_bits["none"] == swept.storage_bits["balanced_rows alone"] == 0
    assert swept.points[0].figures["gain"] == 1
    assert swept.points[0].config == "paper"
    assert {point.config for point in swept.points if point.value == "all"} == {"tuned"}


@pytest.mark.parametrize("kind", ["pes", "switches"])
def test_plot(kind: str, tmp_path: Path) -> None:
    plots = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for plot in plots:
        assert sweep(kind, plot=plot, **SMALL).plot == plot
    assert plots[0].read_bytes() == plots[1].read_bytes()
    assert KINDS[kind].meaning in plots[0].read_text()


def test_unknown_kind() -> None:
    with pytest.raises(InputError, match=r"must be one of queue, pes, .*, not 'speed'"):
        sweep("speed")
