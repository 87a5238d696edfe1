"""Figures of SRAMs; oracles: the rows of the table, and geometric means between them."""

import csv
import math
from dataclasses import fields
from pathlib import Path

import pytest

from zskip.engines import ENGINES, engine
from zskip.model.common.errors import InputError
from zskip.model.common.sram_table import CACTI_45NM, SramCost, SramTable, read_srams

HEAD = ("depth", "width", "area_um2", "read_pj", "write_pj", "access_ns", "leakage_uw")
FIGURES = [field.name for field in fields(SramCost) if field.name != "name"]


@pytest.fixture(scope="module")
def table() -> SramTable:
    return read_srams()


def own(tmp_path: Path, text: str) -> SramTable:
    """A user's table."""
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    return read_srams(path)


def test_points_are_the_rows(table: SramTable) -> None:
    text = CACTI_45NM.read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in text if not line.startswith("#")))
    assert len(rows) > 50
    for row in rows:
        cost = table.cost(int(row["depth"]), int(row["width"]))
        assert {n: getattr(cost, n) for n in FIGURES} == pytest.approx(
            {n: float(row[n]) for n in FIGURES}
        )


@pytest.mark.parametrize("figure", FIGURES)
def test_between_points_logarithms_are_interpolated(table: SramTable, figure: str) -> None:
    between = [getattr(table.cost(64, bits), figure) for bits in (16, 32)]
    share = math.log(24 / 16) / math.log(2)
    expected = between[0] ** (1 - share) * between[1] ** share
    assert getattr(table.cost(64, 24), figure) == pytest.approx(expected)


def test_both_sides_are_interpolated(table: SramTable) -> None:
    depth, width = 2048 * 2**0.5, 32 * 2**0.5
    corners = [table.cost(d, w).area_um2 for d in (2048, 4096) for w in (32, 64)]
    middle = table.cost(round(depth), round(width)).area_um2
    assert middle == pytest.approx(math.prod(corners) ** 0.25, rel=0.01)


def test_small_ones_cost_as_the_smallest(table: SramTable) -> None:
    assert table.cost(3, 2) == table.cost(64, 8)


def test_large_ones_are_banks(table: SramTable) -> None:
    one, deep, wide = table.cost(1 << 18, 64), table.cost(1 << 20, 64), table.cost(1 << 18, 512)
    assert deep.read_pj == pytest.approx(one.read_pj)
    assert deep.area_um2 == pytest.approx(4 * one.area_um2)
    assert deep.leakage_uw == pytest.approx(4 * one.leakage_uw)
    part = table.cost(1 << 18, 256)
    assert (wide.read_pj, wide.area_um2) == pytest.approx((2 * part.read_pj, 2 * part.area_um2))
    # Two banks of 150 bits, not one of 256 and one of 44.
    assert table.cost(64, 300).write_pj == pytest.approx(2 * table.cost(64, 150).write_pj)


@pytest.mark.parametrize("name", ENGINES)
def test_every_memory_of_every_configuration_has_a_cost(table: SramTable, name: str) -> None:
    for config in engine(name).configs.values():
        for memory in engine(name).memories(config):
            assert table.cost(memory.depth, memory.bits).area_um2 > 0


def test_macros_are_the_smallest_that_hold_it(tmp_path: Path) -> None:
    head = "name,depth,width,area_um2,read_pj,access_ns\n"
    table = own(tmp_path, f"{head}small,64,32,10,1,0.5\nlarge,512,64,90,3,0.7\nflat,64,64,30,2,0.6")
    assert table.cost(33, 9).name == "small"
    assert table.cost(64, 33).name == "flat"
    large = table.cost(65, 1)
    assert (large.name, large.write_pj, large.leakage_uw) == ("large", 3, 0)
    with pytest.raises(InputError, match=r"513 words of 64 bits must fit a macro .* 512 x 64"):
        table.cost(513, 64)


def test_a_grid_of_ones_own(tmp_path: Path) -> None:
    rows = [f"{d},{w},{d * w},1,2,1,0" for d in (16, 256) for w in (8, 32)]
    table = own(tmp_path, "\n".join(["# mine", ",".join(HEAD), *rows]))
    assert table.cost(64, 16).area_um2 == pytest.approx(64 * 16)
    assert table.cost(64, 16).leakage_uw == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must have the columns depth"),
        ("depth,width,area_um2,read_pj\n1,1,1,1", "lacks access_ns"),
        ("depth,width,area_um2,read_pj,access_ns\n", "must have a row"),
        ("depth,width,area_um2,read_pj,access_ns\n8,8,1,x,1", "must be a positive number"),
        ("depth,width,area_um2,read_pj,access_ns\n8,8,-1,1,1", "must be a positive number"),
        ("depth,width,area_um2,read_pj,access_ns\n8,8,nan,1,1", "must be a positive number"),
        ("depth,width,area_um2,read_pj,access_ns\n8,8", "must be a positive number"),
        ("depth,width,area_um2,read_pj,access_ns\n8,8,1,1,1\n16,16,1,1,1", "2 are missing"),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        own(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_no_such_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must be a CSV file that can be read"):
        read_srams(tmp_path / "none.csv")
