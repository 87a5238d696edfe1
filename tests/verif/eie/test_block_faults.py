"""Seeded faults at the ports of the array and in its layouts: the bench of a block finds each."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from amaranth import Module

from zskip.hw.common import loader
from zskip.hw.eie import shell, verilog
from zskip.hw.eie.array import EieArray
from zskip.hw.eie.names import TOP_MODULE
from zskip.model.common.bitfields import Field
from zskip.model.common.errors import RunFailure
from zskip.model.common.stream import LOAD_HEADER
from zskip.model.eie.config import Config
from zskip.model.eie.passes import PASS_WORD_0, PASS_WORD_1
from zskip.verif.common.block_run import BENCH
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables

FIRST = "vectors_one_after_the_other/idle=never/.*quiet=always"
RESTLESS = "vectors_one_after_the_other/idle=never/.*quiet=never"
BAD = "bad_packets"
EARLY = "start_too_early/lack=first"
REFUSED = "refused_programs"

Fault = Callable[[Module, EieArray], None]


def done_stuck(m: Module, array: EieArray) -> None:
    m.d.comb += array.done.eq(0)


def busy_stuck(m: Module, array: EieArray) -> None:
    m.d.comb += array.busy.eq(0)


def loads_during_a_run(m: Module, array: EieArray) -> None:
    m.d.comb += m.submodules.loader.enable.eq(1)


def loader_errors_hidden(m: Module, array: EieArray) -> None:
    m.d.comb += array.error.eq(m.submodules.ccu.error)


def overflow_cleared_while_busy(m: Module, array: EieArray) -> None:
    with m.If(array.start):
        m.d.sync += array.overflow.eq(0)


def overflow_never_cleared(m: Module, array: EieArray) -> None:
    with m.If(array.start & ~array.busy):
        m.d.sync += array.overflow.eq(array.overflow)


def overflow_cleared_by_a_pass(m: Module, array: EieArray) -> None:
    with m.If(m.submodules.ccu.control.restart):
        m.d.sync += array.overflow.eq(0)


def shift_of_five_bits(m: Module, array: EieArray) -> None:
    settings = m.submodules.ccu.control.settings
    for number in range(array.config.pe_count):
        pe = m.submodules[f"pe_{number}"]
        m.d.comb += pe.control.settings.shift.eq(settings.shift[:5])


def address_of_twelve_bits(m: Module, array: EieArray) -> None:
    for number in range(array.config.pe_count):
        pe = m.submodules[f"pe_{number}"]
        m.d.comb += pe.load.address[12:].eq(0)


def tiles_in_one_half(m: Module, array: EieArray) -> None:
    m.d.comb += m.submodules.loader.half.eq(0)


def tiles_without_room(m: Module, array: EieArray) -> None:
    m.d.comb += m.submodules.loader.room.eq(1)


def tiles_read_from_one_half(m: Module, array: EieArray) -> None:
    m.d.comb += m.submodules.ccu.tile_half.eq(0)


def words_beside_a_codebook(m: Module, array: EieArray) -> None:
    m.d.comb += m.submodules.loader.pause.eq(0)


def tiles_from_the_first_input(m: Module, array: EieArray) -> None:
    for number in range(array.config.pe_count):
        m.d.comb += m.submodules[f"pe_{number}"].control.settings.first.eq(0)


def tiles_kept_behind_a_refused_start(m: Module, array: EieArray) -> None:
    m.d.comb += m.submodules.tiles.refused.eq(0)


def tiles_kept_behind_a_refused_pass(m: Module, array: EieArray) -> None:
    m.d.comb += m.submodules.tiles.fails.eq(0)


FAULTS: dict[Fault, tuple[str, str, str]] = {
    done_stuck: ("small", FIRST, "busy in cycle"),
    busy_stuck: ("small", FIRST, "busy in cycle"),
    loads_during_a_run: ("small", FIRST, "i is taken in busy cycle"),
    loader_errors_hidden: ("small", BAD, "assert 0 == "),
    overflow_cleared_while_busy: ("small", RESTLESS, "overflow "),
    overflow_never_cleared: ("small", FIRST, "overflow behind the start"),
    overflow_cleared_by_a_pass: ("small", FIRST, "overflow fell"),
    shift_of_five_bits: ("wide", FIRST, "in place of"),
    address_of_twelve_bits: ("deep", FIRST, "in place of"),
    tiles_in_one_half: ("streamed", FIRST, "in place of"),
    tiles_without_room: ("streamed", FIRST, ""),
    tiles_read_from_one_half: ("streamed", FIRST, "in place of"),
    words_beside_a_codebook: ("streamed", FIRST, "in place of"),
    tiles_from_the_first_input: ("streamed", FIRST, ""),
    tiles_kept_behind_a_refused_start: ("streamed", EARLY, ""),
    tiles_kept_behind_a_refused_pass: ("streamed", REFUSED, ""),
}
"""Each fault with a block that shows it, the test of the bench that finds it, and what it says."""

Blocks = Callable[[str], tuple[Config, BlockStimulus]]


def check(config: Config, stimulus: BlockStimulus, only: str, seed: int, folder: Path) -> None:
    """Run the bench of a block on an array, without a second run for a waveform."""
    path = folder / "stimulus.json"
    stimulus.save(path)
    text = verilog.array_verilog(config)
    compiled = build(text, top=TOP_MODULE, simulator=Simulator.ICARUS, cache=folder)
    variables = stimulus_variables({"path": str(path)}) | {"COCOTB_MAX_FAILURES": "1"}
    run(
        compiled,
        BENCH,
        folder=folder,
        seed=seed,
        variables=variables,
        only=only,
        explains=True,
    )


def check_found(block: tuple[Config, BlockStimulus], only: str, seed: int, folder: Path) -> str:
    """Check that a test of the bench fails, and return what it says."""
    with pytest.raises(RunFailure, match=r"^every test of .* must pass, but 1 of "):
        check(*block, only, seed, folder)
    (failure,) = ElementTree.parse(folder / "results.xml").iter("failure")
    return str(failure.get("message"))


@pytest.mark.every(4)
@pytest.mark.parametrize("fault", FAULTS, ids=[fault.__name__ for fault in FAULTS])
def test_fault_is_found(
    fault: Fault, block: Blocks, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Faulty(EieArray):
        """The array, with a later assignment in place of an earlier one."""

        def elaborate(self, platform: object) -> Module:
            m = super().elaborate(platform)
            fault(m, self)
            return m

    monkeypatch.setattr(verilog, "EieArray", Faulty)
    name, only, reason = FAULTS[fault]
    assert reason in check_found(block(name), only, seed, tmp_path)


def shorter(layout: tuple[Field, ...], name: str) -> tuple[Field, ...]:
    """Return a layout with a field that lacks its highest bit."""
    return tuple(field._replace(bits=field.bits - (field.name == name)) for field in layout)


@pytest.mark.parametrize("name", [field.name for field in LOAD_HEADER])
def test_short_field_of_a_header_is_found(
    name: str, block: Blocks, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "LOAD_HEADER", shorter(LOAD_HEADER, name))
    assert "error" in check_found(block("small"), BAD, seed, tmp_path)


@pytest.mark.parametrize("name", ["outputs", "inputs", "row_base", "rows"])
def test_short_field_of_a_pass_is_found(
    name: str, block: Blocks, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for word, layout in (("PASS_WORD_0", PASS_WORD_0), ("PASS_WORD_1", PASS_WORD_1)):
        monkeypatch.setattr(shell, word, shorter(layout, name))
    assert "a word too many" in check_found(block("small"), REFUSED, seed, tmp_path)


def test_without_a_fault_nothing_is_found(block: Blocks, seed: int, tmp_path: Path) -> None:
    check(*block("small"), "|".join((FIRST, RESTLESS, BAD, REFUSED)), seed, tmp_path)
