"""First errors of logs; oracle: logs as the tools write them."""

from pathlib import Path

import pytest

from zskip.model.common.errors import InputError
from zskip.verif.common.failure import (
    LONGEST,
    failed_tests,
    first_error,
    require_room,
    writing,
)


@pytest.mark.parametrize(
    ("log", "line"),
    [
        (
            "- Verilator: Built from 0.1 MB\nmake: Entering directory '/a'\n"
            "verilated.mk:73: *** Unsupported: GNU Make cannot build in directories\nmake: Leaving",
            "verilated.mk:73: *** Unsupported: GNU Make cannot build in directories",
        ),
        (
            "%Error: top.v:6:30: Can't find definition of variable: 'no'\n"
            "%Error: Exiting due to 1 error(s)",
            "%Error: top.v:6:30: Can't find definition of variable: 'no'",
        ),
        (
            "g++ -Werror -c a.cpp\na.cpp:1:1: error: 'x' was not declared\nmake: *** [a.o] Error 1",
            "a.cpp:1:1: error: 'x' was not declared",
        ),
        (
            "g++ a.cpp\n/usr/bin/ld: final link failed: No space left on device\ncollect2: error",
            "/usr/bin/ld: final link failed: No space left on device",
        ),
        (
            "     0.00ns INFO  gpi\nTraceback (most recent call last):\n  File 'a'\n"
            "ModuleNotFoundError: No module named 'bench'\n",
            "ModuleNotFoundError: No module named 'bench'",
        ),
        ("broken.v:2: syntax error\nI give up.\n", "broken.v:2: syntax error"),
        ("one\n\n  the last  \n\n", "the last"),
        ("", "it wrote nothing"),
        ("error: " + "x" * 999, "error: " + "x" * (LONGEST - 7)),
    ],
)
def test_first_error(tmp_path: Path, log: str, line: str) -> None:
    path = tmp_path / "log"
    path.write_text(log)
    assert first_error(path) == line


def test_a_log_that_is_not_there(tmp_path: Path) -> None:
    assert first_error(tmp_path / "log") == "no log: No such file or directory"


def test_failed_tests(tmp_path: Path) -> None:
    path = tmp_path / "results.xml"
    path.write_text(
        "<testsuites><testsuite><testcase name='good'/><testcase name='bad'>"
        "<failure type='AssertionError' message='1 == 2'/></testcase><testcase name='later'>"
        "<error type='RegressionTerminated' message=''/></testcase></testsuite></testsuites>"
    )
    assert failed_tests(path) == ["bad: AssertionError: 1 == 2"]


def test_what_the_file_system_refuses_is_one_line(tmp_path: Path) -> None:
    with (
        pytest.raises(
            InputError, match=r"^it must be writable, but .*/no/file: No such file or dir.*: do it$"
        ),
        writing("it", tmp_path, "do it"),
    ):
        (tmp_path / "no" / "file").write_text("")


def test_a_disk_without_room_is_found(tmp_path: Path) -> None:
    require_room(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "room").symlink_to("/dev/full")
    with pytest.raises(OSError, match=f"No space left on device: '{tmp_path}'"):
        require_room(tmp_path)
