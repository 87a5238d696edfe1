"""Errors of files and libraries; oracle: the messages that are written out here."""

from collections.abc import Callable
from pathlib import Path

import pytest

from zskip.files.formats import guard
from zskip.model.common.errors import InputError


def body(error: Exception) -> Callable[[Path], None]:
    """A reader that only raises."""

    def read(path: Path) -> None:
        with guard.naming(path), guard.decoding("file of tests"):
            raise error

    return read


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (InputError("must be so"), "must be so"),
        (
            KeyError("a\nb\x1b[0m"),
            "must be a whole, undamaged file of tests, but: 'a\\nb\\x1b[0m'; write the file again",
        ),
        (
            ValueError("two\n   lines \x1b[0m"),
            "must be a whole, undamaged file of tests, but: two lines ?[0m; write the file again",
        ),
        (
            RecursionError(),
            "must be a whole, undamaged file of tests, but: RecursionError; write the file again",
        ),
        (
            OSError(5, "Input/output error"),
            "must be a whole, undamaged file of tests, but: Input/output error; write the file "
            "again",
        ),
        (
            ValueError("x" * 1000),
            f"must be a whole, undamaged file of tests, but: {'x' * 197}...; write the file again",
        ),
    ],
)
def test_whatever_a_library_raises_is_one_line(
    tmp_path: Path, refused: Callable[..., str], error: Exception, message: str
) -> None:
    path = tmp_path / "net"
    path.write_bytes(b"x")
    assert refused(body(error), path) == message


def test_system_errors_without_a_library(tmp_path: Path, refused: Callable[..., str]) -> None:
    path = tmp_path / "net"
    path.write_bytes(b"x")

    def read(path: Path) -> None:
        with guard.naming(path):
            raise OSError(5, "Input/output error")

    assert refused(read, path) == "must be readable, but: Input/output error"


def test_a_file_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "net"
    with pytest.raises(InputError, match="must exist, but there is no such file"):
        body(AssertionError())(path)
    with pytest.raises(InputError, match="must be a file, not a folder or device"):
        body(AssertionError())(tmp_path)


def test_a_file_must_not_be_empty(tmp_path: Path, refused: Callable[..., str]) -> None:
    path = tmp_path / "net"
    path.touch()
    assert refused(body(AssertionError()), path) == (
        "must hold a network, but is empty: write it again"
    )


def test_size_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "net"
    path.write_bytes(b"12345")
    with guard.naming(path) as size:
        assert size == 5


def test_a_missing_package() -> None:
    with pytest.raises(InputError) as caught:
        guard.need("no_such_package", "onnx")
    assert str(caught.value) == (
        "reading this file needs the package no_such_package, which is not installed: "
        "pip install 'zskip[onnx]'"
    )


def test_a_broken_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_package.py").write_text("raise OSError('no\\nlibrary')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError) as caught:
        guard.need("broken_package", "onnx")
    assert str(caught.value) == (
        "reading this file needs the package broken_package, which cannot be imported "
        "(no library): pip install --force-reinstall 'zskip[onnx]'"
    )


def test_growth(monkeypatch: pytest.MonkeyPatch) -> None:
    guard.check_growth(256_000_000, 1_000_000)
    with pytest.raises(InputError) as caught:
        guard.check_growth(256_000_001, 1_000_000)
    assert str(caught.value) == (
        "must declare at most 256,000,000 bytes of weights, for its size, not 256,000,001: write "
        "the file again without compression"
    )
    guard.check_growth(2**24, 1)
    with pytest.raises(InputError, match="at most 16,777,216 bytes"):
        guard.check_growth(2**24 + 1, 1)
    monkeypatch.setattr(guard, "MAX_BYTES", 100)
    with pytest.raises(InputError, match="at most 100 bytes"):
        guard.check_growth(101, 1_000_000)


def test_number_of_layers() -> None:
    guard.check_layer_count(1000)
    with pytest.raises(InputError, match="must have at most 1000 layers"):
        guard.check_layer_count(1001)


def test_names_in_messages() -> None:
    assert guard.quoted("fc1.weight") == "'fc1.weight'"
    assert guard.quoted("a\nb") == "'a\\nb'"
    assert guard.quoted("x" * 61) == f"'{'x' * 57}...'"
    assert guard.listed(["a", "b", "c"]) == "'a', 'b', 'c'"
    assert guard.listed(["a", "b", "c", "d", "e"]) == "'a', 'b', 'c' and 2 more"
