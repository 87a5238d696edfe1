"""Seeded faults in runs back to back: the bench of these finds each."""

from collections.abc import Callable
from pathlib import Path

import pytest
from amaranth import Module

from zskip.hw.nm import verilog
from zskip.hw.nm.array import NmArray
from zskip.hw.nm.names import TOP_MODULE
from zskip.model.common.errors import RunFailure
from zskip.verif.common.ahead_run import AheadBlock
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables

FREE = "one_after_the_other/idle=never"
STALLED = "one_after_the_other/idle=bursts|a_receiver_that_waits"
OTHER = "other_packets_wait"

Fault = Callable[[Module], None]


def no_bank_is_full(m: Module) -> None:
    m.d.comb += m.submodules.loader.room.eq(1)


def one_bank_is_written(m: Module) -> None:
    m.d.comb += m.submodules.vectors.w_bank.eq(0)


def one_bank_is_read(m: Module) -> None:
    m.d.comb += m.submodules.vectors.bank.eq(0)


def every_layer_reads_a_bank(m: Module) -> None:
    m.d.comb += m.submodules.vectors.commands.fresh.eq(1)


def outputs_of_the_run_are_shown(m: Module) -> None:
    m.d.comb += m.submodules.vectors.sending.eq(0)


def outputs_are_written_over(m: Module) -> None:
    m.d.comb += m.submodules.control.sending.eq(0)


def a_run_ends_in_front_of_its_outputs(m: Module) -> None:
    m.d.comb += m.submodules.guard.ended.eq(m.submodules.control.done)


def a_program_comes_during_a_run(m: Module) -> None:
    m.d.comb += m.submodules.loader.enable.eq(1)


def outputs_are_not_busy(m: Module) -> None:
    m.d.comb += m.submodules.guard.sending.eq(0)


FAULTS: dict[Fault, str] = {
    one_bank_is_written: FREE,
    outputs_of_the_run_are_shown: STALLED,
    no_bank_is_full: FREE,
    one_bank_is_read: FREE,
    every_layer_reads_a_bank: FREE,
    outputs_are_written_over: STALLED,
    a_run_ends_in_front_of_its_outputs: FREE,
    a_program_comes_during_a_run: OTHER,
    outputs_are_not_busy: FREE,
}


def check(block: AheadBlock, only: str, seed: int, folder: Path) -> None:
    """Run some tests of the bench, without a second run for a waveform."""
    path = folder / "stimulus.json"
    block.stimulus.save(path)
    compiled = build(
        verilog.array_verilog(block.config),
        top=TOP_MODULE,
        simulator=Simulator.ICARUS,
        cache=folder,
    )
    given = {"path": str(path), **block.times._asdict()}
    run(
        compiled,
        "zskip.verif.common.tb_back_to_back",
        folder=folder,
        seed=seed,
        variables=stimulus_variables(given) | {"COCOTB_MAX_FAILURES": "1"},
        only=only,
    )


@pytest.mark.every(5)
@pytest.mark.parametrize("fault", FAULTS, ids=[fault.__name__ for fault in FAULTS])
def test_fault_is_found(
    fault: Fault,
    ahead: Callable[..., AheadBlock],
    seed: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Faulty(NmArray):
        """The array, with a later assignment in place of an earlier one."""

        def elaborate(self, platform: object) -> Module:
            m = super().elaborate(platform)
            fault(m)
            return m

    block = ahead()
    monkeypatch.setattr(verilog, "NmArray", Faulty)
    with pytest.raises(RunFailure, match=r"must pass, but \d+ of "):
        check(block, FAULTS[fault], seed, tmp_path)


def test_without_a_fault_nothing_is_found(
    ahead: Callable[..., AheadBlock], seed: int, tmp_path: Path
) -> None:
    check(ahead(), "|".join((FREE, STALLED, OTHER)), seed, tmp_path)
