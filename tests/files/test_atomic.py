"""Writing as a whole or not at all; oracle: the folder before and after."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from zskip.files import atomic
from zskip.files.atomic import check_folder, check_target, write_file, write_folder
from zskip.model.common.errors import InputError

FILES = {"a.txt": b"one", "images/b.hex": b"two"}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def failure(write: Callable[[], object]) -> str:
    """Return the one line that writing ends in."""
    with pytest.raises(InputError) as caught:
        write()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_new_file(tmp_path: Path) -> None:
    write_file(tmp_path / "a", b"hello")
    assert contents(tmp_path) == {"a": b"hello"}


def test_an_old_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    write_file(tmp_path / "a", b"new")
    assert contents(tmp_path) == {"a": b"new"}


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write_file(tmp_path / "a", b"")
    write_folder(tmp_path / "folder", FILES, overwrite=False)
    (tmp_path / "other").mkdir()
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert (tmp_path / "folder").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to("far/file")
    write_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "far" / "file").read_bytes() == b"new"


def test_a_relative_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_file(Path("a"), b"new")
    write_folder(Path("drop"), FILES, overwrite=False)
    assert contents(tmp_path) == {"a": b"new", "drop/a.txt": b"one", "drop/images/b.hex": b"two"}


@pytest.mark.parametrize("moment", ["_write_new", "_sync"])
def test_an_interrupt_leaves_the_old_file_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic, moment, interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "a", b"new")
    assert contents(tmp_path) == {"a": b"old" if moment == "_write_new" else b"new"}


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    reason = "must be writable, but is not (No space left on device)"
    assert reason in failure(lambda: write_file(tmp_path / "a", b"new"))
    folder = tmp_path / "drop"
    assert reason in failure(lambda: write_folder(folder, FILES, overwrite=False))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("check", [check_target, lambda path: write_file(path, b"")])
def test_no_such_parent(tmp_path: Path, check: Callable[[Path], None]) -> None:
    path = tmp_path / "no" / "a"
    assert failure(lambda: check(path)) == (
        f"{path} must be in a folder that exists, but {tmp_path / 'no'} does not: make it"
    )
    path.parent.write_text("")
    assert failure(lambda: check(path)) == (
        f"{path} must be in a folder that exists, but {tmp_path / 'no'} is a file: give a folder"
    )


def test_a_folder_or_device_is_no_target(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/null")):
        assert failure(lambda path=path: write_file(path, b"")) == (
            f"{path} must be a file to write, but is a folder or device: choose another name"
        )
    assert Path("/dev/null").is_char_device()


def test_a_read_only_file_system(read_only_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = os.statvfs(read_only_folder)
    fields = [*found[:8], found.f_flag | os.ST_RDONLY, found.f_namemax]
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(fields))
    assert failure(lambda: check_target(read_only_folder / "a")) == (
        f"{read_only_folder} must be writable, but is not (read-only file system): choose another "
        "folder or change it"
    )


def test_no_permission(read_only_folder: Path) -> None:
    line = (
        f"{read_only_folder} must be writable, but is not (no permission): choose another folder "
        "or change it"
    )
    assert failure(lambda: check_target(read_only_folder / "a")) == line
    assert failure(lambda: write_file(read_only_folder / "a", b"")) == line
    assert failure(lambda: check_folder(read_only_folder / "a", overwrite=False)) == line
    assert failure(lambda: check_folder(read_only_folder, overwrite=True)) == line
    assert contents(read_only_folder) == {}


def test_a_system_that_refuses(tmp_path: Path) -> None:
    path = Path("/proc/zskip")
    assert failure(lambda: write_file(path, b"")).startswith(f"{path} must be writable, but is not")
    assert failure(lambda: write_folder(path, FILES, overwrite=False)).startswith(
        f"{path} must be writable, but is not"
    )


def test_a_new_folder(tmp_path: Path) -> None:
    write_folder(tmp_path / "drop", FILES, overwrite=False)
    assert contents(tmp_path / "drop") == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["drop"]


def test_an_empty_folder(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES, overwrite=False)
    assert contents(tmp_path) == FILES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "images"]


@pytest.mark.parametrize("check", ["check", "write"])
def test_an_occupied_folder(tmp_path: Path, check: str) -> None:
    (tmp_path / "mine").write_bytes(b"keep")
    if check == "check":
        line = failure(lambda: check_folder(tmp_path, overwrite=False))
    else:
        line = failure(lambda: write_folder(tmp_path, FILES, overwrite=False))
    assert line == (
        f"{tmp_path} must be empty or new, but holds files: choose another folder, or add --force "
        "to replace them"
    )
    assert contents(tmp_path) == {"mine": b"keep"}


def test_files_are_replaced_and_stale_ones_go(tmp_path: Path) -> None:
    old = {
        "mine": b"keep",
        "a.txt": b"old",
        "images/b.hex": b"old",
        "images/c.hex": b"stale",
        "stale/d.hex": b"stale",
    }
    for name, data in old.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    write_folder(tmp_path, FILES, overwrite=True, stale=["images/*.hex", "stale/*.hex"])
    assert contents(tmp_path) == {**FILES, "mine": b"keep"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "images", "mine"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"keep")
    assert failure(lambda: write_folder(tmp_path / "file", FILES, overwrite=True)) == (
        f"{tmp_path / 'file'} must be a folder, but is a file: choose another name"
    )
    assert contents(tmp_path) == {"file": b"keep"}


def test_a_folder_is_written_before_anything_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_bytes(b"old")
    written = []

    def fail_late(path: Path, data: bytes) -> None:
        written.append(path)
        if len(written) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "_write_new", fail_late)
    assert "No space left" in failure(lambda: write_folder(tmp_path, FILES, overwrite=True))
    assert contents(tmp_path) == {"a.txt": b"old"}
