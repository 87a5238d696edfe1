"""Runs of unit benches; oracle: components that are broken on purpose."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest
from amaranth import Module

from zskip.hw.eie.pe.act_queue import ActQueue
from zskip.model.common.errors import RunFailure
from zskip.model.eie.config import TINY
from zskip.verif.common.bench import Design, run_bench, unit_design
from zskip.verif.common.simulator import Simulator

BENCH = "zskip.verif.eie.tb_act_queue"


class BrokenQueue(ActQueue):
    """A queue that loses the sign of what it passes on."""

    def elaborate(self, platform: object) -> Module:
        m = super().elaborate(platform)
        m.d.comb += self.o.payload.value[-1].eq(0)
        return m


def run(design: Design, simulator: Simulator, folder: Path, seed: int = 7) -> None:
    run_bench(
        design,
        BENCH,
        simulator=simulator,
        stimulus={"config": asdict(TINY)},
        seed=seed,
        folder=folder,
        repeat=f"pytest --seed {seed} some_test",
    )


def failure(simulator: Simulator, folder: Path, seed: int = 7) -> str:
    with pytest.raises(RunFailure) as caught:
        run(unit_design(BrokenQueue(TINY)), simulator, folder, seed)
    return str(caught.value)


@pytest.mark.parametrize("simulator", Simulator)
def test_failure_tells_all_that_is_needed(simulator: Simulator, tmp_path: Path) -> None:
    message = failure(simulator, tmp_path)
    assert re.search(
        rf"^{re.escape(BENCH)} must pass in {simulator}, but failed with seed 7:\n"
        r"  passes_all_on_in_order\S+: AssertionError: assert \{'value': \d+, 'index'",
        message,
    )
    assert re.search("^repeat:   pytest --seed 7 some_test$", message, flags=re.MULTILINE)
    for name in ("waveform", "log"):
        path = re.search(rf"^{name}: +(.*)$", message, flags=re.MULTILINE)
        assert path
        assert tmp_path in Path(path[1]).parents
        assert Path(path[1]).stat().st_size > 0


def test_the_seed_repeats_a_run(tmp_path: Path) -> None:
    def reason(name: str, seed: int) -> str:
        message = failure(Simulator.ICARUS, tmp_path / name, seed)
        said = message.partition(":\n")[2].partition("repeat:")[0]
        assert said.count("AssertionError") == 1
        return re.sub("0x[0-9a-f]+", "", said)

    first = reason("first", 7)
    assert reason("again", 7) == first
    assert reason("other", 8) != first


def test_success_leaves_no_waveform(tmp_path: Path) -> None:
    run(unit_design(ActQueue(TINY)), Simulator.ICARUS, tmp_path)
    assert not (tmp_path / "waves").exists()
    assert (tmp_path / "run.log").exists()


def test_a_design_that_does_not_compile_is_not_run(tmp_path: Path) -> None:
    design = Design(verilog="module broken(input clk);\n  nonsense\nendmodule\n", top="broken")
    with pytest.raises(RunFailure, match=r"^icarus must compile the design, .*: syntax error \("):
        run(design, Simulator.ICARUS, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_bench_that_does_not_exist_fails(tmp_path: Path) -> None:
    with pytest.raises(RunFailure, match=r"the simulation did not come to its end|must pass in"):
        run_bench(
            unit_design(ActQueue(TINY)),
            "zskip.verif.eie.tb_nothing",
            simulator=Simulator.ICARUS,
            stimulus={},
            seed=1,
            folder=tmp_path,
            repeat="",
        )
