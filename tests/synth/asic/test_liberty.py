"""Liberty files; oracle: a process of five cells."""

import gzip
from pathlib import Path

import pytest

from zskip.model.common.errors import InputError
from zskip.synth.asic.liberty import Buffer, Library, read_library


def test_cells(liberty: Path) -> None:
    library = read_library(liberty)
    assert library.areas == {"INV": 1, "BUF": 1.5, "NAND2": 2, "NOR2": 2.5, "DFF": 6}
    assert library.flip_flops == {"DFF"}
    assert (library.nand2, library.inverter) == (2, "INV")
    assert library.buffer == Buffer("BUF", "A", "Y")


def test_constants_and_flip_flops_are_no_buffers() -> None:
    functions = {"ONE": "1", "DFF": "(IQ)", "BUF": "(A)"}
    areas = {"ONE": 0.5, "DFF": 6.0, "BUF": 1.0}
    bodies = {
        "ONE": 'pin (Z) { function : "1"; }',
        "DFF": 'ff (IQ, IQN) {} pin (D) {} pin (Q) { function : "(IQ)"; }',
        "BUF": 'pin (A) {} pin ("Z") { function : "(A)"; }',
    }
    library = Library("", areas, frozenset({"DFF"}), functions, bodies)
    assert library.buffer == Buffer("BUF", "A", "Z")
    assert Library("", areas, frozenset({"DFF"}), {"DFF": "(IQ)"}, bodies).buffer is None


def test_compressed(liberty: Path, tmp_path: Path) -> None:
    path = tmp_path / "made.lib.gz"
    path.write_bytes(gzip.compress(liberty.read_bytes()))
    assert read_library(path) == read_library(liberty)


@pytest.mark.parametrize(
    ("function", "known"),
    [
        ("!(A1&A2)", True),
        ("(!(A1&A2))", True),
        ("(!A)|(!B)", True),
        ("!A+!B", True),
        ("(A*B)'", True),
        ("A&B", False),
        ("!(A|B)", False),
        ("!(A&B&C)", False),
        ("(!A)&(!B)", False),
    ],
)
def test_ways_to_write_a_nand(function: str, known: bool) -> None:
    library = Library("", {"X": 3.0}, frozenset(), {"X": function}, {})
    assert library.nand2 == (3.0 if known else None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("module a; endmodule", "must be a Liberty file, which begins with library"),
        ("library (a) {\n}", "0 cells without flip-flops"),
        (
            'library (a) {\ncell (INV) {\narea : 1;\npin (Y) {\nfunction : "!A";\n}}}',
            "1 cells without flip-flops",
        ),
        ("library (a) {\ncell (D) {\narea : 1;\nff (Q, N) {\n}}}", "1 cells without an inverter"),
    ],
)
def test_bad_files(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.lib"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_library(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [None, b"\x1f\x8b\x08", b"\x1f\x8b and no more"])
def test_files_that_cannot_be_read(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "bad.lib.gz"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(InputError, match="must be a Liberty file that can be read"):
        read_library(path)
