"""The look of plots; oracles: the contrast of the Web Content Accessibility Guidelines, XML."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

import zskip
from zskip.report.colors import COLORS, DARK, LIGHT
from zskip.report.style import printable

mpl = pytest.importorskip("matplotlib", reason="the extra `report` is not installed")

TEXTS = {"ink", "faint", "good", "alert"}
SHAPES = {"muted", *(name for name in LIGHT if name.startswith("series"))}


def luminance(color: str) -> float:
    """Return the relative luminance of a color."""
    parts = [part / 255 for part in bytes.fromhex(color[1:])]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_colors_stand_out(colors: dict[str, str]) -> None:
    assert colors.keys() == LIGHT.keys()
    assert len(set(colors.values())) == len(colors)
    for names, least in ((TEXTS, 4.5), (SHAPES, 3)):
        for name in names:
            low, high = sorted((luminance(colors["page"]), luminance(colors[name])))
            assert (high + 0.05) / (low + 0.05) >= least, name


def test_names_that_are_drawn() -> None:
    assert printable(["fc1", "\u5c42", "a" * 24]) == ["fc1", "?", "a" * 24]
    assert printable(["a" * 30 + "b"]) == ["a" * 11 + "…" + "a" * 11 + "b"]
    long = [f"model.block_{number}.feed_forward" for number in (1, 2)]
    assert printable(long) == ["1: model.blo…ed_forward", "2: model.blo…ed_forward"]
    assert printable(long, 40) == long
    assert printable(["\u5c42", "\u540d"]) == ["1: ?", "2: ?"]


def test_a_file_depends_on_its_figures_alone(tmp_path: Path) -> None:
    plots = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for plot, settings in zip(plots, ({}, {"font.size": 30, "axes.facecolor": "red"}), strict=True):
        with mpl.rc_context(settings):
            zskip.bench(model=True, layers=["NT-We"], scale=1 / 16, plot=plot)
    text = plots[0].read_text()
    assert text == plots[1].read_text()
    assert not [name for name, stand_in in COLORS.items() if stand_in in text]
    root = ElementTree.fromstring(text)
    assert root.findtext("{*}title") == "Cycles of each layer"
    assert root.find("{*}rect") is not None


def test_names_in_a_plot_are_plain_text(tmp_path: Path) -> None:
    names = ("_hidden", "$x^2$", "<b> & 'more'")
    weights = {f"{name}.weight": [[1.0, 0.0], [0.5, -1.0]] for name in names}
    zskip.sensitivity(weights, [[1.0, 2.0], [3.0, 4.0]], plot=tmp_path / "plot.svg")
    texts = ElementTree.parse(tmp_path / "plot.svg").iterfind(".//{*}text")
    assert set(names) <= {(text.text or "").strip("\u200b") for text in texts}
