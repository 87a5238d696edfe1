"""Estimates by formulas; oracles: memories counted by hand, and real syntheses."""

from pathlib import Path

import pytest

from tests.second_engine.dot_model import Config as Dot
from zskip.engines import ENGINES
from zskip.flow.choices import config
from zskip.model.common.energy import published
from zskip.model.common.errors import InputError
from zskip.model.eie.config import PAPER, TINY
from zskip.synth.formulas.estimate import chip_um2, estimate, fitted, formulas
from zskip.synth.formulas.formula import CLOCK_NS
from zskip.synth.formulas.syntheses import Sample, Syntheses, samples
from zskip.synth.nextpnr import ROUTER1_LUTS
from zskip.synth.tools import Program


def test_memories_are_exact() -> None:
    # Of each PE two blocks for the sparse matrix, two for pointers, one for biases; two for all.
    ecp5 = estimate(TINY, "ecp5")
    assert ecp5["block RAM"] == 4 * 5 + 2
    # Of each PE 4 cells of LUTs for 16 x 4: 8 x 22, 8 x 42, 64 x 32, 4 x 64 bits; and 32 x 64.
    # 4 x 65 bits of words that leave the block.
    assert ecp5["LUT RAM"] == 4 * (4 * (6 + 11 + 32 + 16 + 32) + 17)
    assert ecp5["DSP"] == pytest.approx(8)
    # Blocks of 36 Kbit: one for the sparse matrix, a half for each bank of pointers; biases and
    # program are LUT RAM.
    assert estimate(TINY, "xilinx")["block RAM"] == 4 * (1 + 2 * 0.5)


def test_srams_of_the_table() -> None:
    table = published().srams
    sizes = ((16384, 64, 1), (16384, 18, 2), (256, 32, 1), (256, 64, 1))
    each = sum(count * table.cost(depth, bits).area_um2 for depth, bits, count in sizes)
    whole = 64 * each + table.cost(96, 64).area_um2
    assert estimate(PAPER, "asic")["SRAM um2"] == pytest.approx(whole, rel=1e-3)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("target", formulas())
def test_more_pes_take_more(engine: str, target: str) -> None:
    small, large = (estimate(config("tiny", engine=engine, pe_count=n), target) for n in (1, 4))
    assert all(large[name] >= small[name] for name in small.keys() - {CLOCK_NS})
    told = CLOCK_NS in small and large[formulas()[target].size] <= formulas()[target].clock_size
    assert (CLOCK_NS in large) == told
    if told:
        assert large[CLOCK_NS] >= small[CLOCK_NS]
    assert large[formulas()[target].size] > 1.5 * small[formulas()[target].size]


def test_no_clock_is_told_of_what_another_router_routes() -> None:
    told = estimate(TINY, "ecp5")
    assert told["LUT"] < ROUTER1_LUTS
    assert 5 < told[CLOCK_NS] < 20
    large = TINY.replace(pe_count=16)
    assert estimate(large, "ecp5")["LUT"] > ROUTER1_LUTS
    assert CLOCK_NS not in estimate(large, "ecp5")
    assert CLOCK_NS in estimate(large, "asic")


def test_area_of_a_chip() -> None:
    figures = estimate(TINY, "asic")
    assert chip_um2(TINY) == pytest.approx(
        figures["logic um2"] + figures["SRAM um2"] * 130**2 / 45**2
    )


def test_an_engine_without_formulas() -> None:
    assert not fitted(Dot.ENGINE)
    with pytest.raises(
        InputError,
        match=r"^an estimate must have formulas for dot on ecp5, but none are fitted: use zskip",
    ):
        estimate(Dot(), "ecp5")


CHECKS = [(engine, sample) for engine in ENGINES for sample in samples(engine) if sample.check]


@pytest.mark.parametrize("engine", ENGINES)
def test_checks_are_not_fitted_to(engine: str) -> None:
    known = {sample.config for sample in samples(engine) if not sample.check}
    checks = [sample.config for sample in samples(engine) if sample.check]
    assert len(checks) >= 3
    assert any(sample.check and sample.routed for sample in samples(engine))
    assert known.isdisjoint(checks)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["ecp5", "xilinx"])
@pytest.mark.parametrize(("engine", "sample"), CHECKS)
def test_near_a_synthesis(
    yosys: Program, tmp_path: Path, engine: str, sample: Sample, target: str
) -> None:
    real = Syntheses(tmp_path).figures(target, sample.config)
    told = estimate(sample.config, target)
    assert told["block RAM"] == real["block RAM"]
    assert told["DSP"] == pytest.approx(real["DSP"])
    for name in ("LUT", "FF"):
        assert told[name] == pytest.approx(real[name], rel=0.1), name


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "sample"), [each for each in CHECKS if each[1].routed])
def test_near_a_clock(
    yosys: Program, nextpnr: Program, tmp_path: Path, engine: str, sample: Sample
) -> None:
    real = Syntheses(tmp_path).figures("ecp5", sample.config, routed=True)
    assert estimate(sample.config, "ecp5")[CLOCK_NS] == pytest.approx(real[CLOCK_NS], rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "sample"), CHECKS)
def test_near_standard_cells(
    yosys: Program, sky130: Path, tmp_path: Path, engine: str, sample: Sample
) -> None:
    real = Syntheses(tmp_path, sky130).figures("asic", sample.config)
    told = estimate(sample.config, "asic")
    assert told["SRAM um2"] == pytest.approx(real["SRAM um2"], rel=1e-3)
    assert told["logic um2"] == pytest.approx(real["logic um2"], rel=0.1)
    # The period takes OpenSTA.
    if CLOCK_NS in real:
        assert told[CLOCK_NS] == pytest.approx(real[CLOCK_NS], rel=0.1)
