"""Waveforms of a drop's guide; oracle: a simulation of today."""

import re
from pathlib import Path

import pytest

from zskip.files.drop.bench import TEMPLATES, WAVE
from zskip.verif.eie.waves import draw, render


def test_drawings_are_those_of_a_simulation(tmp_path: Path) -> None:
    draw(tmp_path)
    drawn = {path.name: path.read_text() for path in tmp_path.glob("*.json")}
    kept = {path.name.removeprefix(WAVE): path for path in TEMPLATES.glob(f"{WAVE}*.json")}
    assert drawn == {name: path.read_text() for name, path in kept.items()}, "run scripts/waves"


def test_every_drawing_is_in_the_guide() -> None:
    shown = re.findall(r"\(waves/(\w+)\.svg\)", (TEMPLATES / "guide.md").read_text())
    for suffix in ("json", "svg"):
        kept = {path.stem.removeprefix(WAVE) for path in TEMPLATES.glob(f"{WAVE}*.{suffix}")}
        assert kept == set(shown)


def test_pictures_are_those_of_the_drawings() -> None:
    pytest.importorskip("wavedrom")
    for path in TEMPLATES.glob(f"{WAVE}*.json"):
        assert path.with_suffix(".svg").read_text() == render(path.read_text()) + "\n"
