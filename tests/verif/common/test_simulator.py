"""Builds and runs: at once, in awkward folders, and with failures; oracle: what was arranged."""

import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from zskip.model.common.errors import InputError, RunFailure
from zskip.verif.common.simulator import Build, Simulator, build, run

COUNTER = """
module counter (
  input wire clk,
  output reg [7:0] value
);
  initial value = 0;
  always @(posedge clk) value <= value + 1;
endmodule
"""
PROCESSES = 3
WAIT = 60
"""Seconds after which a process that has not come to its next round is taken for dead."""
ROUNDS = {Simulator.ICARUS: 10, Simulator.VERILATOR: 2}
SIMULATORS = [Simulator.ICARUS, pytest.param(Simulator.VERILATOR, marks=pytest.mark.slow)]


def compiled(cache: Path, simulator: Simulator = Simulator.ICARUS, text: str = COUNTER) -> Build:
    return build(text, top="counter", simulator=simulator, cache=cache)


def build_with_others(cache: Path, simulator: Simulator, start: Barrier, number: int) -> None:
    """Build designs that all processes build at the same time, and one of its own."""
    for round_ in range(ROUNDS[simulator]):
        start.wait(WAIT)
        compiled(cache, simulator, COUNTER.replace("+ 1", f"+ {round_}"))
    compiled(cache, simulator, COUNTER.replace("+ 1", f"+ {number + 100}"))


def built(cache: Path) -> int:
    """Count complete builds, and check that nothing else is there."""
    entries = list((cache / "builds").iterdir())
    assert [path for path in entries if path.name.startswith("building") or path.is_file()] == []
    return len(entries)


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_builds_started_together_on_an_empty_cache_all_succeed(
    tmp_path: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The processes import this module by its name, from the path that they inherit.
    monkeypatch.syspath_prepend(Path(__file__).resolve().parents[3])
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(PROCESSES)
    processes = [
        context.Process(target=build_with_others, args=(tmp_path, simulator, start, number))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    library = simulator is Simulator.VERILATOR
    assert built(tmp_path) == ROUNDS[simulator] + PROCESSES + library


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_a_blank_in_the_path_of_the_cache_is_no_hindrance(
    tmp_path: Path, simulator: Simulator
) -> None:
    cache = tmp_path / "my home"
    folder = compiled(cache, simulator).folder
    assert folder.parent == cache / "builds"
    assert compiled(cache, simulator).folder == folder


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_what_does_not_compile_is_told_by_its_first_error(
    tmp_path: Path, simulator: Simulator
) -> None:
    broken = COUNTER.replace("value + 1", "value + nothing")
    with pytest.raises(RunFailure, match=r"must compile the design, but failed: .*nothing") as info:
        compiled(tmp_path, simulator, broken)
    assert "\n" not in str(info.value)
    log = next((tmp_path / "builds").glob("*.log"))
    assert str(info.value).endswith(f"(log: {log})")


def test_no_room_for_temporary_files_is_told_before_the_design(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "room").symlink_to("/dev/full")
    monkeypatch.setenv("TMPDIR", str(full))
    with pytest.raises(InputError) as caught:
        compiled(tmp_path, Simulator.ICARUS, COUNTER.replace("value + 1", "value + nothing"))
    assert str(caught.value) == (
        f"the folder of temporary files must be writable, but {full}: No space left on device: "
        "give its disk room, or set TMPDIR"
    )


def test_a_cache_under_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"^the cache of .* but .*/file.*: Not a directory: "):
        compiled(tmp_path / "file" / "cache")


def test_a_read_only_cache_serves_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = compiled(tmp_path).folder

    def refuse(*arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.utime", refuse)
    monkeypatch.setattr(Path, "mkdir", refuse)
    assert compiled(tmp_path).folder == folder


def test_a_run_that_stops_is_told_by_its_first_error(tmp_path: Path) -> None:
    with pytest.raises(RunFailure, match=r"must come to its end, but .* stopped: .*no_such_bench"):
        run(compiled(tmp_path), "no_such_bench", folder=tmp_path / "run", keeps_log=False)
