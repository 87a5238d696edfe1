"""Safe reading of NumPy files; oracle: `numpy.load` on whole files, one line on all others."""

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zskip.files.archive import is_archive, open_archive, open_file, read_npy
from zskip.files.npy import MAX_BYTES
from zskip.model.common.errors import InputError

ARRAYS = hnp.arrays(
    st.sampled_from(["<f4", ">f4", "<f8", "<f2", "|u1", "<i8", ">i2", "|b1", "<c8"]),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
)
UNREADABLE = (
    "{} must be a readable NumPy file, but is damaged, truncated or of another kind: write it again"
)


def npy_bytes(array: np.ndarray, **options: bool) -> bytes:
    """Return the bytes of an ``.npy`` file."""
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def zip_bytes(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return the bytes of an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def read_all(path: Path) -> dict[str, np.ndarray]:
    """Read every array of an archive."""
    with open_archive(path) as archive:
        return {name: archive.read(name) for name in archive.arrays}


def failure(read: Callable[[], object]) -> str:
    """Return the one line that reading ends in."""
    with pytest.raises(InputError) as caught:
        read()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def refusal(read: Callable[[], object]) -> str:
    """Return the line that reading ends in; it is empty where reading succeeds."""
    try:
        read()
    except InputError as error:
        return str(error)
    return ""


@given(ARRAYS, st.booleans())
def test_npy_reads_as_numpy_does(
    tmp_path_factory: pytest.TempPathFactory, array: np.ndarray, transposed: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "array.npy"
    np.save(path, array.T if transposed else array)
    read, expected = read_npy(path), np.load(path)
    np.testing.assert_array_equal(read, expected)
    assert read.shape == expected.shape
    assert read.dtype == expected.dtype.newbyteorder("=")
    assert read.dtype.isnative


@given(st.lists(ARRAYS, min_size=1, max_size=3), st.booleans())
def test_npz_reads_as_numpy_does(
    tmp_path_factory: pytest.TempPathFactory, arrays: list[np.ndarray], compressed: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "arrays.npz"
    (np.savez_compressed if compressed else np.savez)(path, *arrays)
    read = read_all(path)
    with np.load(path) as expected:
        assert list(read) == list(expected)
        for name, array in read.items():
            np.testing.assert_array_equal(array, expected[name])


def test_headers_tell_without_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, first=np.zeros((3, 4), np.float32), second=np.zeros((2, 5), order="F"))
    with open_archive(path) as archive:
        header = archive.header("second")
        assert archive.members == ["first.npy", "second.npy"]
        assert archive.arrays == ["first", "second"]
    assert (header.shape, header.dtype, header.bytes) == ((2, 5), np.dtype(np.float64), 80)
    assert header.fortran_order


def test_is_archive(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(3))
    np.savez(tmp_path / "a.npz", np.zeros(3))
    assert not is_archive(tmp_path / "a.npy")
    assert is_archive(tmp_path / "a.npz")


@pytest.mark.parametrize("read", [read_npy, read_all, is_archive])
def test_missing_file(tmp_path: Path, read: Callable[[Path], object]) -> None:
    for path in (tmp_path / "no.npz", tmp_path / "no" / "no.npz"):
        message = failure(lambda path=path: read(path))
        assert message == f"{path} must exist, but there is no such file: check the name"


def test_a_file_taken_for_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "a.npz"
    message = failure(lambda: read_all(path))
    assert message == f"{path} must exist, but there is no such file: check the name"


@pytest.mark.parametrize("name", ["", "/dev/null"])
def test_folder_or_device(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    message = failure(lambda: read_all(path))
    assert message == f"{path} must be a file, not a folder or device: give a file"


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 300)
    message = failure(lambda: read_npy(path))
    assert message == (
        f"{path} must be readable, but is not (File name too long): check name and permissions"
    )


def test_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros(3))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    message = failure(lambda: open_file(path).__enter__())
    assert message == (
        f"{path} must be readable, but is not (Permission denied): check name and permissions"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        b"hello, this is text",
        npy_bytes(np.zeros(3)),
        pickle.dumps({"a": 1}),
        zip_bytes({"a.npy": npy_bytes(np.zeros(100))})[:-30],
        zip_bytes({"a.npy": b"not an array"}),
        zip_bytes({"a.npy": npy_bytes(np.zeros(100))[:-1]}),
        zip_bytes({"a.npy": npy_bytes(np.zeros(100)) + b"x"}),
        zip_bytes({"a.npy": npy_bytes(np.zeros(100))}, zipfile.ZIP_BZIP2),
        zip_bytes({"a.npy": npy_bytes(np.zeros(100))}, zipfile.ZIP_LZMA),
        zip_bytes({"a\n.npy": npy_bytes(np.zeros(100))}),
    ],
    ids=range(12),
)
def test_not_a_readable_archive(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(data)
    assert failure(lambda: read_all(path)) == UNREADABLE.format(path)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"{",
        b"{'descr': '<f4'}",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (-1, -11)}",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (3.0,)}",
        b"{'descr': '<f4', 'fortran_order': 1, 'shape': (3,)}",
        b"{'descr': 'nonsense', 'fortran_order': False, 'shape': (3,)}",
        b"{'descr': [('a', 'f4'), 7], 'fortran_order': False, 'shape': (3,)}",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'more': 1}",
        b"__import__('os').system('true')",
        b"(" * 5000,
        b"[" * 200,
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (3L,)}",
        b"\xff" * 40,
        b"x" * 20000,
        b"{'descr': '\\q', 'fortran_order': False, 'shape': (3,)}",
    ],
    ids=range(17),
)
def test_damaged_headers(tmp_path: Path, header: bytes) -> None:
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(11)
    npy, npz = tmp_path / "a.npy", tmp_path / "a.npz"
    npy.write_bytes(data)
    npz.write_bytes(zip_bytes({"a.npy": data}))
    assert failure(lambda: read_npy(npy)) == UNREADABLE.format(npy)
    assert failure(lambda: read_all(npz)) == UNREADABLE.format(npz)


def test_unknown_version_of_the_header(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(npy_bytes(np.zeros(3)).replace(b"NUMPY\x01", b"NUMPY\x07"))
    assert failure(lambda: read_npy(path)) == UNREADABLE.format(path)


class Attack:
    """Unpickling it would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.path,)


def test_pickled_objects_are_refused_and_never_run(tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    objects = np.array([Attack(evidence)], dtype=object)
    npy, npz = tmp_path / "a.npy", tmp_path / "a.npz"
    np.save(npy, objects, allow_pickle=True)
    np.savez(npz, a=objects)
    reason = (
        "must hold numbers, but holds pickled objects, which could run code: convert it to a "
        "plain array of floats"
    )
    assert failure(lambda: read_npy(npy)) == f"{npy} {reason}"
    assert failure(lambda: read_all(npz)) == f"array 'a' of {npz} {reason}"
    assert not evidence.exists()


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([b"a"]), np.zeros(2, "M8[s]")])
def test_other_things_than_numbers(tmp_path: Path, array: np.ndarray) -> None:
    path = tmp_path / "a.npy"
    np.save(path, array)
    assert failure(lambda: read_npy(path)) == (
        f"{path} must hold numbers, not {array.dtype}: convert it to floats"
    )


def test_two_members_of_one_name(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    data = zip_bytes({"a.npy": npy_bytes(np.zeros(3)), "b.npy": npy_bytes(np.ones(3))})
    path.write_bytes(data.replace(b"b.npy", b"a.npy"))
    assert failure(lambda: read_all(path)) == (
        f"{path} must not hold two members of one name, but has 'a.npy' twice: write the file again"
    )


def test_a_member_with_a_wrong_checksum(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.arange(100))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert failure(lambda: read_all(path)) == UNREADABLE.format(path)


def test_bombs_are_refused_by_their_declared_size(tmp_path: Path) -> None:
    """The headers declare 40 TB; nothing of that is allocated."""
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (10000000000000,)}\n"
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    path = tmp_path / "a.npy"
    path.write_bytes(data)
    assert failure(lambda: read_npy(path)) == (
        f"{path} must hold at most {MAX_BYTES:,} bytes of data, but declares 40,000,000,000,000: "
        "give a smaller file"
    )


def test_an_archive_that_declares_less_than_its_array(tmp_path: Path) -> None:
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (10000000000000,)}\n"
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    path = tmp_path / "a.npz"
    path.write_bytes(zip_bytes({"a.npy": data + bytes(100)}))
    assert failure(lambda: read_all(path)) == UNREADABLE.format(path)


def test_size_of_several_arrays(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, a=np.zeros(1000), b=np.zeros(1000))
    with open_archive(path) as archive:
        archive.check_size(["a", "b"], 16000)
        assert failure(lambda: archive.check_size(["a", "b"], 15999)) == (
            f"{path} must hold at most 15,999 bytes of data, but declares 16,000: "
            "give a smaller file"
        )


def test_other_members(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zip_bytes({"note.txt": b"hello"}))
    with open_archive(path) as archive:
        assert archive.arrays == []
        assert archive.read_bytes("note.txt", 5) == b"hello"
        assert "at most 4 bytes" in failure(lambda: archive.read_bytes("note.txt", 4))


@given(st.data())
def test_changed_bytes_end_in_numbers_or_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()
    base = zip_bytes({"a.npy": npy_bytes(np.arange(20.0)), "b.npy": npy_bytes(np.ones((3, 4)))})
    content = bytearray(base)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(base) - 1))] = data.draw(st.integers(0, 255))
    path = folder / "mutated.npz"
    path.write_bytes(content[: data.draw(st.integers(0, len(base)))])
    assert "\n" not in refusal(lambda: read_all(path))
