"""Kinds of files by their first bytes, to name the true cause where a suffix is wrong."""

from pathlib import Path

HDF5, ZIP, NPY = "an HDF5 file (.h5)", "a zip archive (.npz, .keras or .pt)", "an array (.npy)"
PICKLE, TEXT = "a pickle (.pt or .pkl)", "text, as of a CSV file"
PAGE, POINTER = "a page of the web", "a pointer of Git LFS to the file"

ADVICE = {PAGE: "download the file itself", POINTER: "run git lfs pull"}
"""What to do about kinds that stand in place of the file."""

MAGICS = {
    b"\x89HDF\r\n\x1a\n": HDF5,
    b"PK\x03\x04": ZIP,
    b"\x93NUMPY": NPY,
    b"version https://git-lfs": POINTER,
    **dict.fromkeys((b"<!DOCTYPE", b"<!doctype", b"<html"), PAGE),
    **dict.fromkeys((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"), PICKLE),
}
START = 4096
SEPARATORS = (b",", b";", b"\t")

EXPECTED = {
    ".npz": (ZIP,),
    ".pt": (ZIP, PICKLE),
    ".pth": (ZIP, PICKLE),
    ".keras": (ZIP, HDF5),
    ".h5": (HDF5,),
    ".hdf5": (HDF5,),
    ".onnx": (),
    ".safetensors": (),
}
"""What a file of each suffix may begin like; the last two begin like none of the kinds."""


def kind_of(path: Path) -> str | None:
    """Return what a file begins like; None if it is none of the kinds that are known.

    Parameters
    ----------
    path : pathlib.Path
        A file that can be read.
    """
    with path.open("rb") as file:
        start = file.read(START)
    for magic, kind in MAGICS.items():
        if start.startswith(magic):
            return kind
    separated = b"\n" in start and any(mark in start for mark in SEPARATORS)
    plain = all(32 <= byte < 127 or byte in b"\t\r\n" for byte in start)
    return TEXT if separated and plain else None


def wrong_kind(path: Path) -> str | None:
    """Return what a file of weights begins like if its suffix says something else.

    Parameters
    ----------
    path : pathlib.Path
        A file that can be read.
    """
    expected = EXPECTED.get(path.suffix.lower())
    kind = None if expected is None else kind_of(path)
    return None if expected is None or kind in expected else kind
