"""Points of an exploration; oracle: loops over the values."""

from pathlib import Path
from typing import Any

import pytest

from zskip.exploration.points import MOST, Point, grid, listed, sampled
from zskip.flow.choices import config
from zskip.model.common.errors import InputError
from zskip.model.eie.config import PAPER, TINY
from zskip.model.nm.config import NAMED


def test_a_grid_has_every_combination_in_order() -> None:
    points = grid([PAPER], {"queue_depth": (4, 8), "pe_count": (1, 2, 4)}).points
    assert points == tuple(
        Point(PAPER.replace(queue_depth=depth, pe_count=count), ("pe_count", "queue_depth"))
        for depth in (4, 8)
        for count in (1, 2, 4)
    )


def test_without_settings_a_grid_is_its_bases() -> None:
    assert grid([PAPER, TINY], {}).points == (Point(PAPER, ()), Point(TINY, ()))


def test_each_engine_takes_the_fields_that_it_has() -> None:
    nm = NAMED["nm_2_4"]
    points = grid([PAPER, nm], {"queue_depth": (4, 16), "acc_bits": (32,)}).points
    assert [point.config for point in points] == [
        PAPER.replace(queue_depth=4),
        PAPER.replace(queue_depth=16),
        nm.replace(acc_bits=32),
    ]
    assert points[-1].keep == ("acc_bits",)


def test_equal_points_are_there_once() -> None:
    assert len(grid([PAPER, PAPER], {"queue_depth": (4, 4, 8)}).points) == 2


def test_what_is_no_configuration_is_told() -> None:
    found = grid([PAPER], {"pe_count": (2, 3, 4, 5)})
    assert [point.config.pe_count for point in found.points] == [2, 4]
    (note,) = found.notes
    assert note.startswith("2 combinations are no configuration; the first: pe_count must be a ")


def test_samples_are_some_of_the_grid_and_hang_on_the_seed() -> None:
    settings = {"queue_depth": range(1, 100), "pe_count": (1, 2, 3, 4)}
    whole = set(grid([PAPER, TINY], settings).points)
    first, again, other = (sampled([PAPER, TINY], settings, 50, seed).points for seed in (1, 1, 2))
    assert len(set(first)) == 50
    assert set(first) <= whole
    assert first == again != other
    assert {point.config.replace(pe_count=1, queue_depth=1) for point in first} == {
        base.replace(pe_count=1, queue_depth=1) for base in (PAPER, TINY)
    }


def test_more_samples_than_combinations_are_all_of_them() -> None:
    settings = {"queue_depth": (1, 2, 3)}
    assert set(sampled([PAPER], settings, 9, 1).points) == set(grid([PAPER], settings).points)


def test_samples_of_a_space_that_no_memory_holds() -> None:
    settings = {name: range(1, 1000) for name in ("queue_depth", "spmat_depth", "bias_depth")}
    assert len(sampled([PAPER], settings, 5, 1).points) == 5


def base(engine: str | None, name: str | None) -> Any:
    """What a row starts from."""
    return config(name, engine=engine)


def test_a_list_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("engine,config,queue_depth,pe_count\n,,4,\neie,tiny,,2\nnm,dense,,64\n,,4,\n")
    assert listed(path, base).points == (
        Point(PAPER.replace(queue_depth=4), ("queue_depth",)),
        Point(TINY.replace(pe_count=2), ("pe_count",)),
        Point(NAMED["dense"].replace(pe_count=64), ("pe_count",)),
    )


def test_a_list_of_rows_as_pandas_gives_them() -> None:
    rows = [{"config": "tiny", "queue_depth": 4.0}, {"config": "paper", "queue_depth": 8}]
    assert [point.config for point in listed(rows, base).points] == [
        TINY.replace(queue_depth=4),
        PAPER.replace(queue_depth=8),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("queue_depth\nx\n", "point 1: queue_depth must be an integer, not 'x'"),
        ("queue_depth\n1.5\n", "point 1: queue_depth must be an integer, not '1.5'"),
        ("queue_depth\n4\n0\n", "point 2: queue_depth must be from 1 to 1024, not 0"),
        ("speed\n4\n", "point 1: a configuration field must be one of pe_count, "),
        ("engine\nx\n", "point 1: the engine must be one of eie, nm, bitlet, not 'x'"),
        ("config\nx\n", "point 1: a configuration of eie must be one of paper, "),
        ("queue_depth\n4,5\n", "line 2: a row must have a cell for each heading, not more"),
        ("queue_depth\n", "there must be a configuration to measure, not none"),
    ],
)
def test_lists_that_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "points.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        listed(path, base)
    assert message in str(caught.value)


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv must be a CSV file that can be read"):
        listed(tmp_path / "none.csv", base)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"speed": (1,)}, "a configuration field must be one of pe_count, .*, not 'speed'"),
        ({"queue_depth": ()}, "queue_depth must have a value, not none"),
        ({"pe_count": (3,)}, "to measure: 1 combination is no configuration; the first: pe_count"),
        ({"queue_depth": range(1, MOST + 2)}, "must have at most 100,000 configurations"),
    ],
)
def test_grids_that_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        grid([PAPER], settings)


def test_no_sample_is_refused() -> None:
    with pytest.raises(InputError, match="the number of samples must be at least 1, not 0"):
        sampled([PAPER], {}, 0, 1)
