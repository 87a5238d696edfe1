"""The cache of compiled designs; oracle: files made for the test."""

import errno
import os
import time
from pathlib import Path

import pytest

from zskip.model.common.errors import InputError
from zskip.verif.common.cache import RECENT, Cache


def put(cache: Cache, name: str, *, age: float = 0.0, size: int = 100) -> Path:
    """Add a design of some bytes that was used some seconds ago."""
    with cache.adding(name), cache.workplace() as place:
        (place / "program").write_bytes(bytes(size))
        folder = cache.keep(place, name)
    used = time.time() - age
    os.utime(folder, (used, used))
    return folder


def names(cache: Cache) -> list[str]:
    return sorted(path.name for path in cache.folder.iterdir())


def test_a_design_is_found_by_its_name(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.find("one") is None
    folder = put(cache, "one")
    assert cache.find("one") == folder
    assert cache.size() == 100
    assert names(cache) == ["one"]


def test_the_first_of_two_stays(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    put(cache, "one", size=1)
    put(cache, "one", size=2)
    assert cache.size() == 1
    assert names(cache) == ["one"]


def test_the_users_cache_is_where_xdg_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Cache().folder == tmp_path / "zskip" / "builds"


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for name, age in (("old", 4.0), ("older", 5.0), ("fresh", 0.5)):
        put(cache, name, age=age * RECENT)
    cache.trim(300)
    assert names(cache) == ["fresh", "old", "older"]
    cache.trim(299)
    assert names(cache) == ["fresh", "old"]
    cache.find("old")
    cache.trim(0)
    assert names(cache) == ["fresh", "old"], "both may be in use"


def test_another_name_finds_the_design_and_goes_with_it(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    folder = put(cache, "one", age=2 * RECENT)
    cache.link("alias", "one")
    assert cache.find("alias") == folder
    assert cache.size() == 100
    os.utime(folder, (0, 0))
    cache.trim(0)
    assert names(cache) == []


def test_clear_removes_all_and_tells_how_much(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.clear() == 0
    put(cache, "one", size=10)
    put(cache, "two", size=20)
    (cache.folder / "two.log").write_bytes(bytes(3))
    assert cache.clear() == 33
    assert names(cache) == []
    assert tmp_path.is_dir()


def test_a_folder_that_cannot_be_written_is_one_line(read_only_folder: Path) -> None:
    with (
        pytest.raises(
            InputError,
            match=r"^the cache of compiled designs must be writable, but .*: Permission denied: .*"
            r"`zskip doctor --clear-cache` .* XDG_CACHE_HOME$",
        ),
        Cache(read_only_folder).adding("one"),
    ):
        pass


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with (
        pytest.raises(InputError, match=r"but /dev/full: No space left on device: give its disk"),
        cache.adding("one"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/dev/full")
    assert names(cache) == []


def test_work_is_done_where_no_blank_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blank = tmp_path / "a folder"
    blank.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(blank))
    cache = Cache(blank)
    with cache.adding("one"), cache.workplace() as place:
        assert " " not in str(place)
        (place / "program").touch()
        assert cache.keep(place, "one") == cache.folder / "one"
    assert (cache.folder / "one" / "program").is_file()
