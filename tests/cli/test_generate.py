"""``zskip generate``; oracles: the library function, and one line for every bad input."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from zskip.cli import main
from zskip.files.network import save, to_bytes
from zskip.flow.generate import generate
from zskip.model.eie.config import TINY
from zskip.model.eie.network import Network

Refused = Callable[..., str]


@pytest.fixture
def network(make_network: Callable[..., Network]) -> Network:
    """A small compressed network."""
    return make_network(TINY.replace(pe_count=2), (5, 4, 2), density=0.5)


@pytest.fixture
def network_file(tmp_path: Path, network: Network) -> Path:
    """Its file."""
    path = tmp_path / "net.npz"
    save(network, path)
    return path


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """The folder to write, in a folder of its own."""
    parent = tmp_path / "output"
    parent.mkdir()
    return parent / "drop"


@pytest.fixture
def refused(output: Path, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run the verb; it must end in status 2 and one line, which is returned, and write nothing."""

    def run(*words: str, target: Path = output) -> str:
        before = sorted(output.parent.rglob("*"))
        assert main(["generate", *words, "-o", str(target)]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("zskip: error: ")
        assert captured.err.endswith("\n")
        assert captured.err.count("\n") == 1
        assert sorted(output.parent.rglob("*")) == before
        return captured.err.removeprefix("zskip: error: ").removesuffix("\n")

    return run


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_writes_what_the_library_writes(
    tmp_path: Path, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--config", "tiny", "--pes", "2", "--set", "acc_bits=40"]
    assert main(["generate", "-o", str(output), *words]) == 0
    generate(tmp_path / "expected", config=TINY.replace(pe_count=2, acc_bits=40))
    assert contents(output) == contents(tmp_path / "expected")
    captured = capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    assert lines[0] == f"{output}: array of 2 PEs"
    size = (output / "zskip_eie.v").stat().st_size
    assert lines[1] == f"  zskip_eie.v  {size:,} bytes"


def test_with_a_network(
    tmp_path: Path, output: Path, network_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", str(network_file), "-o", str(output)]) == 0
    generate(tmp_path / "expected", network=network_file)
    assert contents(output) == contents(tmp_path / "expected")
    assert capsys.readouterr().out.splitlines()[-1].startswith("  images/  9 files, ")


def test_json(output: Path, network_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", str(network_file), "-o", str(output), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["folder"] == str(output)
    assert report["top"] == "zskip_eie_axi"
    assert report["configuration"] == asdict(TINY.replace(pe_count=2))
    assert report["files"] == {name: len(data) for name, data in contents(output).items()}
    assert report["load_words"] == len((output / "load.hex").read_text().splitlines())


def test_force(output: Path, network_file: Path, refused: Refused) -> None:
    output.mkdir()
    (output / "README.md").write_text("mine")
    assert refused(str(network_file)) == (
        f"{output} must be empty or new, but holds files: choose another folder, or add --force to "
        "replace them"
    )
    assert contents(output) == {"README.md": b"mine"}
    assert main(["generate", str(network_file), "-o", str(output), "--force"]) == 0
    assert (output / "README.md").read_text().startswith("# EIE array")


def test_missing_file(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "missing.npz"
    line = refused(str(path))
    assert line == f"{path} must exist, but there is no such file: check the name"


@pytest.mark.parametrize("data", [b"", b"this is text", b"PK\x03\x04 and no more"])
def test_not_a_readable_archive(tmp_path: Path, refused: Refused, data: bytes) -> None:
    path = tmp_path / "broken.npz"
    path.write_bytes(data)
    assert refused(str(path)) == (
        f"{path} must be a readable NumPy file, but is damaged, truncated or of another kind: "
        "write it again"
    )


def test_one_flipped_byte(network_file: Path, refused: Refused) -> None:
    data = network_file.read_bytes()
    for position in (0, 40, len(data) // 3, len(data) // 2, len(data) - 70, len(data) - 1):
        changed = bytearray(data)
        changed[position] ^= 0x10
        network_file.write_bytes(changed)
        assert "damaged" in refused(str(network_file)), position


def test_truncated(network_file: Path, refused: Refused) -> None:
    data = network_file.read_bytes()
    for length in (1, 100, len(data) // 2, len(data) - 100, len(data) - 1):
        network_file.write_bytes(data[:length])
        assert "damaged" in refused(str(network_file)), length


def test_another_version(
    network: Network, network_file: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as other:
        other.setattr("zskip.files.manifest.VERSION", 1)
        network_file.write_bytes(to_bytes(network))
    assert refused(str(network_file)) == (
        f"{network_file}: the file's version must be 3, the one that this zskip reads, not 1: "
        "compress the network again, or use the zskip that wrote the file"
    )


def test_weights_are_no_network(refused: Refused) -> None:
    weights = Path(__file__).resolve().parents[2] / "examples" / "digits" / "network.npz"
    assert refused(str(weights)) == (
        f"{weights} must be a compressed network, but holds the weights of a float network: give "
        "what `zskip compress` makes of it"
    )


def test_a_network_and_a_configuration(network_file: Path, refused: Refused) -> None:
    assert refused(str(network_file), "--pes", "4").startswith(
        "the array must be that of the network or that of a configuration, but both are given: "
    )


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--pes", "3"], "pe_count must be a power of two from 1 to 256, not 3: choose one of "),
        (["--config", "huge"], "must be one of paper, tuned, wide, tiny, not 'huge'"),
        (["--set", "depth=3"], "a configuration field must be one of pe_count, "),
        (["--sett", "depth=3"], "--sett"),
    ],
)
def test_unknown_option_value(refused: Refused, words: list[str], named: str) -> None:
    assert named in refused(*words)


def test_output_that_is_no_folder(output: Path, refused: Refused) -> None:
    output.write_bytes(b"keep")
    assert refused("--config", "tiny", "--force") == (
        f"{output} must be a folder, but is a file: choose another name"
    )
    assert output.read_bytes() == b"keep"
    missing = output.parent / "no" / "drop"
    assert refused("--config", "tiny", target=missing) == (
        f"{missing} must be in a folder that exists, but {missing.parent} does not: make it"
    )


@pytest.mark.parametrize("inside", ["", "drop"])
def test_output_folder_not_writable(
    read_only_folder: Path, capsys: pytest.CaptureFixture[str], inside: str
) -> None:
    assert main(["generate", "--config", "tiny", "-o", str(read_only_folder / inside)]) == 2
    assert capsys.readouterr().err == (
        f"zskip: error: {read_only_folder} must be writable, but is not (no permission): choose "
        "another folder or change it\n"
    )
    assert list(read_only_folder.iterdir()) == []
