"""Generate as a library function; oracles: the parts that it is made of, and a simulator."""

import inspect
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

import zskip
from zskip.files.drop.c_header import c_header
from zskip.files.drop.images import images
from zskip.files.network import save
from zskip.flow.generate import generate
from zskip.hw.common.axi_top import axi_verilog
from zskip.hw.eie.engine import ENGINE as HARDWARE
from zskip.hw.eie.engine import EieHardware
from zskip.model.common.errors import InputError
from zskip.model.eie.config import PAPER, TINY
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.images import memories
from zskip.model.eie.network import Network
from zskip.model.eie.program import plan

MakeNetwork = Callable[..., Network]
TOP = "zskip_eie_axi"
WAVES = ("load", "start", "run", "abort", "range", "early_last", "late_last")
WAVES += ("start_refused", "input", "program", "parity", "tile")
ALONE = {
    *(f"zskip_eie.{suffix}" for suffix in ("v", "f", "h", "vlt")),
    *(f"zskip_eie_axi.{suffix}" for suffix in ("core", "rdl", "sdc", "xdc")),
    *("README.md", "config.json", "Makefile", "zskip_boot.v"),
    *("component.xml", "zskip_eie_axi_instance.v", "bench/zskip_tb.v", "bench/registers.vh"),
    "bench/states.vh",
    *(f"waves/{name}.{suffix}" for name in WAVES for suffix in ("json", "svg")),
    *(f"litex/{name}" for name in ("zskip_litex.py", "soc.py", "soc_tb.v")),
    *(f"driver/{name}" for name in ("zskip.h", "zskip.c", "zskip_registers.h", "driver_test.cpp")),
}
VECTORS = {
    "bench/network.vh",
    *(f"vectors/{name}.txt" for name in ("inputs", "outputs")),
    *(
        f"vectors/{name}.hex"
        for name in ("inputs", "outputs", "trace", "layers", "cycles", "gather", "rows")
    ),
}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def network_file(tmp_path: Path, make_network: MakeNetwork) -> Path:
    """A compressed network for 4 PEs."""
    path = tmp_path / "net.npz"
    save(make_network(TINY, (20, 17, 6)), path)
    return path


def test_an_array_alone(tmp_path: Path) -> None:
    result = generate(tmp_path / "drop", config=TINY)
    files = contents(tmp_path / "drop")
    assert set(files) == ALONE
    assert files["zskip_eie.v"].decode() == axi_verilog(HARDWARE, TINY)
    assert files["zskip_eie.h"].decode() == c_header(ENGINE, TINY)
    assert files["zskip_eie.f"] == b"zskip_eie.v\n"
    assert json.loads(files["config.json"])["configuration"] == asdict(TINY)
    assert result.folder == tmp_path / "drop"
    assert (result.top, result.verilog) == (TOP, "zskip_eie.v")
    assert (result.config, result.load_words) == (TINY, None)
    assert result.files == {name: len(data) for name, data in files.items()}


def test_with_a_network(tmp_path: Path, network_file: Path, make_network: MakeNetwork) -> None:
    result = generate(tmp_path / "drop", network=network_file)
    files = contents(tmp_path / "drop")
    memory = images(HARDWARE, plan(make_network(TINY, (20, 17, 6))), memories(TINY))
    assert set(files) == ALONE | VECTORS | {"order.json"} | set(memory)
    assert {name: files[name] for name in memory} == memory
    assert result.config == TINY
    assert result.load_words == len(memory["load.hex"].splitlines())
    assert b"## Network" in files["README.md"]
    order = json.loads(files["order.json"])
    assert order == {"inputs": list(range(20)), "outputs": list(range(6))}


def test_the_paper_build_is_the_default(tmp_path: Path) -> None:
    result = generate(str(tmp_path / "drop"))
    assert result.config == PAPER
    verilog = (tmp_path / "drop" / "zskip_eie.v").read_bytes()
    assert len(verilog) < 1_000_000


def test_the_same_bytes_again(
    tmp_path: Path, network_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The suite keeps the Verilog of arrays.
    monkeypatch.setattr(EieHardware, "verilog", inspect.unwrap(EieHardware.verilog))
    generate(tmp_path / "one", network=network_file)
    generate(tmp_path / "two", network=network_file)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_no_path_of_the_machine(tmp_path: Path, network_file: Path) -> None:
    generate(tmp_path / "drop", network=network_file)
    root = Path(zskip.__file__).resolve().parents[1]
    for name, data in contents(tmp_path / "drop").items():
        for path in (root, tmp_path, Path.home()):
            assert str(path).encode() not in data, name


def test_a_simulator_takes_the_file_list(tmp_path: Path) -> None:
    generate(tmp_path / "drop", config=TINY)
    icarus = shutil.which("iverilog")
    assert icarus is not None
    command = [icarus, "-g2005", "-t", "null", "-s", TOP, "-f", "zskip_eie.f"]
    subprocess.run(command, cwd=tmp_path / "drop", check=True)


def test_an_occupied_folder(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"keep")
    with pytest.raises(InputError) as caught:
        generate(tmp_path, config=TINY)
    assert str(caught.value) == (
        f"{tmp_path} must be empty or new, but holds files: choose another folder, or add --force "
        "to replace them"
    )
    assert contents(tmp_path) == {"mine": b"keep"}


def test_force_replaces_the_files_of_an_earlier_network(
    tmp_path: Path, make_network: MakeNetwork, network_file: Path
) -> None:
    save(make_network(TINY.replace(pe_count=16), (20, 17, 6)), tmp_path / "wide.npz")
    folder = tmp_path / "drop"
    generate(folder, network=tmp_path / "wide.npz")
    (folder / "images" / "mine.hex").write_bytes(b"keep")
    generate(folder, network=network_file, force=True)
    generate(tmp_path / "fresh", network=network_file)
    assert contents(folder) == {**contents(tmp_path / "fresh"), "images/mine.hex": b"keep"}
    (folder / "images" / "mine.hex").unlink()
    generate(folder, config=TINY, force=True)
    assert set(contents(folder)) == ALONE
    assert not (folder / "images").exists()


def test_a_network_and_a_configuration(tmp_path: Path, network_file: Path) -> None:
    with pytest.raises(InputError) as caught:
        generate(tmp_path / "drop", network=network_file, config=PAPER)
    assert str(caught.value) == (
        "the array must be that of the network or that of a configuration, but both are given: "
        "leave one out; `zskip compress` makes the network for another configuration"
    )
    assert not (tmp_path / "drop").exists()


def test_inputs_without_a_network(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        generate(tmp_path / "drop", config=PAPER, inputs=[[1.0]])
    assert str(caught.value) == (
        "inputs must come with the network that they are for, but none is given: add the network, "
        "or leave the inputs out"
    )


def test_a_damaged_network_writes_nothing(tmp_path: Path, network_file: Path) -> None:
    data = bytearray(network_file.read_bytes())
    data[100] ^= 1
    network_file.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        generate(tmp_path / "drop", network=network_file)
    assert not (tmp_path / "drop").exists()


def test_the_package_offers_it() -> None:
    assert zskip.generate is generate
    with pytest.raises(AttributeError) as caught:
        zskip.__getattr__("nothing")
    assert str(caught.value) == "module 'zskip' has no attribute 'nothing'"
