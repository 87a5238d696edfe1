"""Energy in the verbs; oracles: the verbs against each other, and a table of a user's own."""

import json
from pathlib import Path

import pytest

from zskip.cli import main

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits"
WEIGHTS = str(DIGITS / "network.npz")
INPUTS = ("--inputs", str(DIGITS / "calibration.npz"), "--count=16")
SCALED = (*INPUTS, "--input-scale=0.0625")

OWN = 'register_fj = 1e-9\nsrams = "own.csv"\nadd_pj = {8 = 1e-9}\nmultiply_pj = {8 = 1000}\n'
"""A table in which nothing but multiplications counts."""


@pytest.fixture
def own(tmp_path: Path) -> str:
    """A file with a table of one's own."""
    (tmp_path / "own.csv").write_text(
        "name,depth,width,area_um2,read_pj,access_ns\nbig,99999,99999,1,1e-9,1\n", encoding="utf-8"
    )
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Output of a verb."""
    assert main(list(words)) == 0
    return capsys.readouterr().out


def compress(tmp_path: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    """A compressed network file, and the output of its compression."""
    path = str(tmp_path / "digits.npz")
    return path, run(capsys, "compress", WEIGHTS, "-o", path, *SCALED, "--config=tiny", *words)


def test_compress_and_simulate_tell_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, text = compress(tmp_path, capsys)
    lines = [line for line in text.splitlines() if line.startswith("energ")]
    assert len(lines) == 2
    assert "nJ an input (fc1 " in lines[0]
    assert "CACTI" in lines[1]
    simulated = run(capsys, "simulate", path, *INPUTS, "--sim=icarus")
    assert lines == [line for line in simulated.splitlines() if line.startswith("energ")]


def test_json_has_the_energy_of_each_layer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], own: str
) -> None:
    _, text = compress(tmp_path, capsys, "--json", f"--energies={own}")
    record = json.loads(text)
    layers = [layer["prediction"] for layer in record["layers"]]
    for layer in (*layers, record["prediction"]):
        assert layer["energy_nj"] == pytest.approx(layer["macs"])
        assert layer["pj_per_mac"] == pytest.approx(1000)
    total = sum(layer["energy_nj"] for layer in layers)
    assert record["prediction"]["energy_nj"] == pytest.approx(total)


def test_bench_and_compare_take_a_table(capsys: pytest.CaptureFixture[str], own: str) -> None:
    words = ("--model", f"--energies={own}")
    (layer,) = json.loads(run(capsys, "bench", "--layer=NT-We", "--json", *words))
    assert layer["pj_per_mac"] == pytest.approx(1000)
    shown = run(capsys, "bench", "--layer=NT-We", *words)
    assert "1,000.0" in shown
    assert own in shown
    compared = ("compare", WEIGHTS, *SCALED, "--engines=eie,dense", *words)
    eie, dense = json.loads(run(capsys, *compared, "--json"))
    # EIE multiplies what is not zero; the dense array everything.
    assert eie["pj_per_mac"] == pytest.approx(1000)
    assert dense["pj_per_mac"] == pytest.approx(1000 / dense["utilization"], rel=0.2)
    assert own in run(capsys, *compared)


def test_the_page_shows_energy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    _, text = compress(tmp_path, capsys, f"--html={page}")
    total = text.split("energy: ")[1].split()[0]
    html = page.read_text(encoding="utf-8")
    assert "pJ for each MAC" in html
    assert "CACTI" in html
    assert f"{float(total):.1f}" in html


@pytest.mark.parametrize("verb", ["compress", "simulate", "bench", "compare"])
def test_a_bad_table_is_refused(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.toml").write_text("clock = 5", encoding="utf-8")
    words = {
        "compress": (WEIGHTS, "-o", str(tmp_path / "out.npz"), *SCALED),
        "simulate": (WEIGHTS, *INPUTS),
        "bench": ("--model", "--layer=NT-We"),
        "compare": (WEIGHTS, *SCALED, "--model"),
    }
    assert main([verb, *words[verb], f"--energies={tmp_path / 'bad.toml'}"]) == 2
    message = capsys.readouterr().err
    assert "must be one of clock_mhz" in message
    assert message.count("\n") == 1
    assert not (tmp_path / "out.npz").exists()


def test_layers_drawn_at_random_take_a_table(capsys: pytest.CaptureFixture[str], own: str) -> None:
    words = ("compare", "--layer=NT-We", "--scale=0.1", "--engines=eie", "--jobs=1")
    record = json.loads(run(capsys, *words, "--json", f"--energies={own}"))
    assert record["rows"][0]["pj_per_mac"] == pytest.approx(1000)
    assert own in record["assumptions"]
    assert "CACTI" in run(capsys, *words)
