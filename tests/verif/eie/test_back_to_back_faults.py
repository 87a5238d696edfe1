"""Seeded faults in runs back to back: the bench of these finds each."""

from collections.abc import Callable
from pathlib import Path

import pytest
from amaranth import Module

from zskip.hw.eie import verilog
from zskip.hw.eie.array import EieArray
from zskip.hw.eie.names import TOP_MODULE
from zskip.model.common.errors import RunFailure
from zskip.model.eie.config import TINY
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables
from zskip.verif.eie.block_stimulus import block_stimulus, overflowing_activations
from zskip.verif.eie.stimulus import random_network

CONFIG = TINY.replace(pe_count=2, register_depth=10, double_input=1)
FREE = "one_after_the_other/idle=never"
STALLED = "one_after_the_other/idle=bursts|a_receiver_that_waits"
OTHER = "other_packets_wait"

Fault = Callable[[Module, EieArray], None]


def no_bank_is_full(m: Module, array: EieArray) -> None:
    m.d.comb += m.submodules.loader.room.eq(1)


def one_bank_is_written(m: Module, array: EieArray) -> None:
    m.d.comb += m.submodules.loader.half.eq(0)


def one_bank_is_read(m: Module, array: EieArray) -> None:
    m.d.comb += m.submodules.ccu.bank.eq(0)


def words_beside_a_codebook(m: Module, array: EieArray) -> None:
    m.d.comb += m.submodules.loader.pause.eq(0)


def outputs_are_written_over(m: Module, array: EieArray) -> None:
    m.d.comb += m.submodules.ccu.sending.eq(0)


def a_run_ends_in_front_of_its_outputs(m: Module, array: EieArray) -> None:
    m.d.comb += m.submodules.guard.ended.eq(m.submodules.ccu.done)


def every_layer_reads_a_bank(m: Module, array: EieArray) -> None:
    for number in range(array.config.pe_count):
        m.d.comb += m.submodules[f"pe_{number}"].control.settings.fresh.eq(1)


def a_program_comes_during_a_run(m: Module, array: EieArray) -> None:
    m.d.comb += m.submodules.loader.enable.eq(1)


def outputs_are_not_busy(m: Module, array: EieArray) -> None:
    m.d.comb += m.submodules.guard.sending.eq(0)


FAULTS: dict[Fault, str] = {
    no_bank_is_full: FREE,
    one_bank_is_written: FREE,
    one_bank_is_read: FREE,
    words_beside_a_codebook: FREE,
    outputs_are_written_over: STALLED,
    a_run_ends_in_front_of_its_outputs: FREE,
    every_layer_reads_a_bank: FREE,
    a_program_comes_during_a_run: OTHER,
    outputs_are_not_busy: FREE,
}


def check(only: str, seed: int, folder: Path) -> None:
    """Run the bench on an array whose every other input vector overflows."""
    network = random_network(CONFIG, (43, 30, 10), 0.3, seed, 32767)
    activations = overflowing_activations(network, 4, seed)
    path = folder / "stimulus.json"
    block_stimulus(network, activations, seed, trace=False).save(path)
    compiled = build(
        verilog.array_verilog(CONFIG), top=TOP_MODULE, simulator=Simulator.ICARUS, cache=folder
    )
    given = {"path": str(path), "interval": 400, "latency": 400}
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
    fault: Fault, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Faulty(EieArray):
        """The array, with a later assignment in place of an earlier one."""

        def elaborate(self, platform: object) -> Module:
            m = super().elaborate(platform)
            fault(m, self)
            return m

    monkeypatch.setattr(verilog, "EieArray", Faulty)
    with pytest.raises(RunFailure, match="must pass, but 1 of "):
        check(FAULTS[fault], seed, tmp_path)


def test_without_a_fault_nothing_is_found(seed: int, tmp_path: Path) -> None:
    check("|".join((FREE, STALLED, OTHER)), seed, tmp_path)
