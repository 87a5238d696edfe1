"""Reports and plots in Chromium: on wide and narrow screens, light and dark, and printed.

`pytest tests/report --screenshots FOLDER` keeps the pictures.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zskip
from zskip.report.colors import DARK, LIGHT

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
)
FAULTS = (Path(__file__).parent / "faults.js").read_text(encoding="utf-8")
EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
PRINTED = 703
"""Pixels between the margins of A4."""

VIEWS = {
    "wide-light": (1280, "light", "screen"),
    "wide-dark": (1280, "dark", "screen"),
    "tablet-light": (1000, "light", "screen"),
    "narrow-light": (400, "light", "screen"),
    "narrow-dark": (400, "dark", "screen"),
    "print": (PRINTED, "dark", "print"),
}
REPORTS = ("digits", "twelve", "one")
PLOTS = ("bench", "network", "queue", "switches", "front", "sensitivity", "array", "cycles")
PICTURES = Path(__file__).resolve().parents[2] / "docs"
"""Folder of the pictures of README.md."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium; the test is skipped where there is none."""
    library = pytest.importorskip(
        "playwright.sync_api", reason="playwright of the extra `test` is not installed"
    )
    found = [path for name in BROWSERS if (path := shutil.which(name))]
    if not found:
        pytest.skip(f"none of {', '.join(BROWSERS)} was found in PATH")
    with library.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=found[0], args=list(OPTIONS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def pictures(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder for the screenshots."""
    chosen = pytestconfig.option.screenshots
    if chosen is None:
        return tmp_path_factory.mktemp("screenshots")
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


def random_weights(sizes: list[int], names: list[str]) -> dict[str, np.ndarray]:
    """Return a random network, a tenth of whose weights are not zero."""
    random = np.random.default_rng(1)
    shapes = zip(sizes[1:], sizes[:-1], strict=True)
    drawn = [random.normal(0, 1, shape) * (random.random(shape) < 0.1) for shape in shapes]
    return {f"{name}.weight": matrix for name, matrix in zip(names, drawn, strict=True)}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory, page: str) -> Path:
    """Folder of the reports and plots."""
    folder = tmp_path_factory.mktemp("documents")
    (folder / "digits.html").write_text(page, encoding="utf-8")
    random = np.random.default_rng(1)
    names = [f"model.encoder.block_{index}.feed_forward_network.dense" for index in range(12)]
    for name, sizes, layers, pes in (
        ("twelve", [96, 80] * 6 + [10], names, 64),
        ("one", [64, 10], ["head"], 1),
    ):
        zskip.compress(
            random_weights(sizes, layers),
            inputs=random.random((8, sizes[0])),
            config=zskip.config("tuned", pe_count=pes),
            html=folder / f"{name}.html",
        )
    for name in ("array", "cycles"):
        shutil.copy(PICTURES / f"{name}.svg", folder)
    scale = 1 / 16
    zskip.bench(model=True, scale=scale, plot=folder / "bench.svg")
    zskip.bench(
        model=True,
        weights=random_weights([96, 80] * 6 + [10], names),
        inputs=random.random((8, 96)),
        plot=folder / "network.svg",
    )
    zskip.explore(preset="queue", scale=scale, plot=folder / "queue.svg")
    zskip.explore(preset="switches", scale=scale, plot=folder / "switches.svg")
    zskip.explore(
        settings={"pe_count": (1, 4, 16), "register_depth": (64, 128)},
        layers=["NT-We"],
        scale=scale,
        plot=folder / "front.svg",
    )
    zskip.sensitivity(
        EXAMPLE / "network.npz",
        EXAMPLE / "test.npz",
        count=50,
        input_scale=1 / 16,
        plot=folder / "sensitivity.svg",
    )
    return folder


def look(browser: Any, path: Path, view: str) -> tuple[Any, list[str]]:
    """Open a file; return the tab and the messages of its console."""
    width, scheme, media = VIEWS[view]
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.emulate_media(media=media, color_scheme=scheme)
    messages: list[str] = []
    tab.on("console", lambda message: messages.append(message.text))
    tab.on("pageerror", lambda error: messages.append(str(error)))
    tab.goto(path.as_uri())
    return tab, messages


@pytest.mark.every(3)
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", REPORTS)
def test_reports(browser: Any, documents: Path, pictures: Path, name: str, view: str) -> None:
    tab, messages = look(browser, documents / f"{name}.html", view)
    tab.screenshot(path=pictures / f"{name}-{view}.png", full_page=True)
    if view == "print":
        tab.pdf(path=pictures / f"{name}.pdf", prefer_css_page_size=True)
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    ink = tab.evaluate("getComputedStyle(document.querySelector('svg text')).fill")
    least = 8 if view == "print" else 9
    assert (tab.evaluate(FAULTS, least), messages) == ([], [])
    colors = DARK if view.endswith("dark") else LIGHT
    assert [ground, ink] == [rgb(colors["page"]), rgb(colors["ink"])]
    tab.close()


@pytest.mark.every(3)
@pytest.mark.parametrize("view", [view for view in VIEWS if view != "print"])
@pytest.mark.parametrize("name", PLOTS)
def test_plots(browser: Any, documents: Path, pictures: Path, name: str, view: str) -> None:
    tab, messages = look(browser, documents / f"{name}.svg", view)
    tab.screenshot(path=pictures / f"{name}-{view}.png")
    # The ground is the first rectangle that is drawn.
    ground = tab.evaluate("getComputedStyle(document.querySelector('svg > rect')).fill")
    ink = tab.evaluate("getComputedStyle(document.querySelector('text')).fill")
    assert (tab.evaluate(FAULTS, 9), messages) == ([], [])
    colors = DARK if view.endswith("dark") else LIGHT
    assert [ground, ink] == [rgb(colors["page"]), rgb(colors["ink"])]
    tab.close()


def rgb(color: str) -> str:
    """Return a color as a browser writes it."""
    red, green, blue = bytes.fromhex(color[1:])
    return f"rgb({red}, {green}, {blue})"


def test_faults_would_be_found(browser: Any, tmp_path: Path) -> None:
    wide = "<p style='width: 2000px'>wide</p><div style='width: 9px; overflow: hidden'>long</div>"
    plot = (
        "<svg viewBox='0 0 100 100'><clipPath id='a'><rect width='50' height='50'/></clipPath>"
        "<g id='bar'><path d='M 0 0 L 90 9 L 0 9' clip-path='url(#a)'/></g>"
        "<text x='95' y='50' style='font-size: 9px'>end</text><text y='80'>one</text>"
        "<text y='80'>two</text><text y='20' style='font-size: 1px'>dwarf</text></svg>"
    )
    script = "<script>null.x</script>"
    (tmp_path / "bad.html").write_text(f"<!DOCTYPE html><title>x</title>{wide}{plot}{script}")
    tab, messages = look(browser, tmp_path / "bad.html", "narrow-light")
    assert "".join(messages).count("null") == 1
    assert {fault.partition(":")[0] for fault in tab.evaluate(FAULTS, 9)} == {
        *("the page scrolls sideways", "beyond the page", "cut", "beyond the picture"),
        *("3.8 pixels small", "over each other", "beyond its axes"),
    }
    tab.close()
