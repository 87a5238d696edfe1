"""The HTML report; oracles: Python's HTML parser, the numbers of the report, a real browser."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import zskip
from zskip.files.weights import read_weights
from zskip.flow.compress import compress
from zskip.flow.compressed import Compressed
from zskip.model.common.errors import InputError
from zskip.model.eie.config import TINY
from zskip.report.build import Report, build_report
from zskip.report.html import to_html, write_html

DIGITS = Path(zskip.__file__).resolve().parents[1] / "examples" / "digits"
NAMES = ('<img src="x" onerror="alert(1)">', "$fc_2$ & 'more' \u5c42", "_" + "long" * 30)
PLOTS = {
    *("cycles", "storage", "spread", "fit"),
    *(f"{kind}-{number}" for kind in ("load", "weights") for number in (1, 2, 3)),
}
VOID = {"meta"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PROBE = """<script>
for (const plot of document.querySelectorAll("svg.plot")) {
  const box = plot.getBoundingClientRect(), drawn = plot.getBBox();
  plot.dataset.size = [box.width, box.height, drawn.width, drawn.height].join(" ");
}
document.body.dataset.width = document.documentElement.scrollWidth;
</script></body>"""


AGAIN = """
import sys
from pathlib import Path
from zskip.files.weights import read_weights
from zskip.flow.compress import compress
from zskip.model.eie.config import TINY
from zskip.report.build import build_report
from zskip.report.html import to_html
digits, path = map(Path, sys.argv[1:])
weights, inputs = digits / "network.npz", digits / "calibration.npz"
result = compress(weights, path, inputs=inputs, input_scale=1 / 16, config=TINY)
report = build_report(result, read_weights(weights))
sys.stdout.buffer.write(to_html(report).encode())
"""


class Checker(HTMLParser):
    """Collects tags, attributes and text, and asserts that every element is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parse(page: str) -> Checker:
    """Parse a page."""
    checker = Checker()
    checker.feed(page)
    checker.close()
    return checker


@pytest.fixture(scope="module")
def compressed(tmp_path_factory: pytest.TempPathFactory) -> Compressed:
    """The network of the digits, compressed."""
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    path = tmp_path_factory.mktemp("digits") / "digits.npz"
    inputs = DIGITS / "calibration.npz"
    return compress(DIGITS / "network.npz", path, inputs=inputs, input_scale=1 / 16, config=TINY)


@pytest.fixture(scope="module")
def report(compressed: Compressed) -> Report:
    """Its report."""
    return build_report(compressed, read_weights(DIGITS / "network.npz"))


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    """Its page."""
    return to_html(report)


def renamed(compressed: Compressed) -> Report:
    """Return the report of the same network with names that must be escaped."""
    layers = zip(compressed.network.layers, compressed.layers, NAMES, strict=True)
    pairs = [(replace(layer, name=n), replace(about, name=n)) for layer, about, n in layers]
    network = replace(compressed.network, layers=tuple(layer for layer, _ in pairs))
    changed = replace(
        compressed,
        path=Path("<i>&net.npz"),
        network=network,
        layers=tuple(about for _, about in pairs),
    )
    return build_report(changed, read_weights(DIGITS / "network.npz"))


def test_the_page_is_well_formed_and_has_every_plot(page: str) -> None:
    parsed = parse(page)
    assert parsed.open == []
    ids = [value for _, name, value in parsed.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    svgs = [value for tag, name, value in parsed.attributes if (tag, name) == ("svg", "id")]
    assert set(svgs) == PLOTS
    assert len(svgs) == len(PLOTS)
    sections = [value for tag, name, value in parsed.attributes if (tag, name) == ("section", "id")]
    assert sections == ["summary", "layers", "bytes", "time", "memories", "spreading", "codebooks"]


def test_the_page_refers_to_nothing_outside(page: str) -> None:
    assert "http" not in page
    assert "<script" not in page
    assert "@import" not in page
    parsed = parse(page)
    ids = {value for _, name, value in parsed.attributes if name == "id"}
    targets = {value for _, name, value in parsed.attributes if name.endswith("href")}
    targets |= set(re.findall(r"url\(([^)]*)\)", page))
    assert not [name for _, name, _ in parsed.attributes if name in ("src", "srcset", "data")]
    assert targets
    assert all(target.startswith("#") and target[1:] in ids for target in targets)


def test_every_color_of_a_plot_is_one_of_the_style(page: str) -> None:
    plots = "".join(re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL))
    assert not re.findall(r"(?:fill|stroke): #[0-9a-f]+", plots)
    used = set(re.findall(r"var\((--\w+)\)", page))
    light, dark = page.split("prefers-color-scheme: dark")
    for name in used:
        assert f"{name}: #" in light
        assert f"{name}: #" in dark


def test_the_numbers_are_on_the_page(page: str, report: Report) -> None:
    text = " ".join(parse(page).text)
    total = report.storage.total
    assert f"{total.huffman.total:,}" in text
    assert f"{total.huffman.ratio:,.1f}\N{NO-BREAK SPACE}\N{MULTIPLICATION SIGN}" in text
    assert report.accuracy is not None
    assert f"{100 * report.accuracy.compressed:.2f}\N{NO-BREAK SPACE}%" in text
    assert f"{report.prediction.total.cycles:,.0f}" in text
    for memory in report.fit:
        assert f"{memory.share:.1%}".replace("%", " %") in text.replace("\N{NO-BREAK SPACE}", " ")


def test_sizes_and_accuracy_say_what_they_are_of(page: str, report: Report) -> None:
    total = report.storage.total
    coded = to_html(replace(report, huffman=True, packed=total.huffman))
    cases = ((page, total.plain, ""), (coded, total.huffman, " with Huffman coding"))
    for html, packed, coding in cases:
        summary = " ".join(" ".join(parse(html).text).partition("Layers")[0].split())
        # `split` takes a no-break space for a blank.
        assert f"{packed.ratio:,.1f} \N{MULTIPLICATION SIGN}" in summary
        assert f"smaller packed{coding}: " in summary
        assert ("Huffman" in summary) == bool(coding)
        assert "calibration inputs" in summary


def test_the_same_bytes_again(page: str, report: Report, tmp_path: Path) -> None:
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 30, "svg.fonttype": "path", "xtick.direction": "in"}):
        write_html(tmp_path / "page.html", report)
    assert (tmp_path / "page.html").read_bytes() == page.encode()


def test_the_same_bytes_in_another_process(page: str, compressed: Compressed) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", AGAIN, DIGITS, str(compressed.path)],
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    assert run.stdout == page


def test_names_are_escaped(compressed: Compressed) -> None:
    page = to_html(renamed(compressed))
    parsed = parse(page)
    assert parsed.open == []
    assert "<img" not in page
    assert "<i>" not in page
    text = " ".join(parsed.text)
    for name in (*NAMES, "<i>&net.npz"):
        assert name in text
    drawn = [value for tag, name, value in parsed.attributes if (tag, name) == ("svg", "id")]
    assert set(drawn) == PLOTS


def test_a_network_without_labels_and_one_that_does_not_fit(report: Report) -> None:
    fullest = max(report.fit, key=lambda memory: memory.share)
    full = replace(fullest, needed=fullest.available + 1)
    fit = tuple(full if memory is fullest else memory for memory in report.fit)
    smallest = replace(report.own.fit, fits=False, smallest=None, smallest_pe_count=None)
    own = replace(report.own, fit=smallest)
    page = to_html(replace(report, accuracy=None, fit=fit, own=own))
    text = " ".join(parse(page).text)
    assert "does not fit" in text
    assert "no number of PEs holds it" in text
    assert "accuracy" not in text


def test_another_float_network_is_refused(compressed: Compressed) -> None:
    layers = read_weights(DIGITS / "network.npz")[:2]
    with pytest.raises(InputError, match=r"the float network must have .* layer shapes"):
        build_report(compressed, layers)


@pytest.mark.parametrize(("module", "work"), [("matplotlib", "draw"), ("jinja2", "write")])
def test_a_missing_library_is_one_line(
    module: str, work: str, report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError) as caught:
        write_html(tmp_path / "page.html", report)
    assert str(caught.value) == (
        f"{module} must be installed to {work} the report, but is not: pip install 'zskip[report]'"
    )
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def browser() -> str:
    """A Chromium; the test is skipped where there is none."""
    found = [path for name in BROWSERS if (path := shutil.which(name))]
    if not found:
        pytest.skip(f"none of {', '.join(BROWSERS)} was found in PATH")
    return found[0]


def browse(browser: str, folder: Path, page: str, *options: str) -> tuple[str, list[str]]:
    """Open a page in a browser; return what it wrote and the messages of its console."""
    (folder / "page.html").write_text(page, encoding="utf-8")
    command = [
        *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-sync"),
        *("--disable-background-networking", "--disable-component-update", "--no-first-run"),
        *("--enable-logging=stderr", "--v=0", "--hide-scrollbars", "--window-size=1000,1400"),
        *(f"--user-data-dir={folder / 'profile'}", *options, (folder / "page.html").as_uri()),
    ]
    run = subprocess.run(
        command, capture_output=True, check=True, encoding="utf-8", cwd=folder, timeout=120
    )
    return run.stdout, [line for line in run.stderr.splitlines() if "CONSOLE" in line]


def test_a_browser_shows_every_plot(browser: str, page: str, tmp_path: Path) -> None:
    probed = page.replace("</body>", PROBE)
    document, console = browse(browser, tmp_path, probed, "--dump-dom")
    assert console == []
    attributes = parse(document).attributes
    names = [value for tag, name, value in attributes if (tag, name) == ("svg", "id")]
    sizes = [value for tag, name, value in attributes if (tag, name) == ("svg", "data-size")]
    assert set(names) == PLOTS
    assert len(sizes) == len(PLOTS)
    for size in sizes:
        width, height, *drawn = map(float, size.split())
        assert width > 800
        assert height > 100
        assert min(drawn) > 100
    assert ("body", "data-width", "1000") in attributes


def test_a_browser_finds_no_error_in_strange_names(
    browser: str, compressed: Compressed, tmp_path: Path
) -> None:
    document, console = browse(browser, tmp_path, to_html(renamed(compressed)), "--dump-dom")
    assert console == []
    assert "<img" not in document


def test_a_browser_makes_a_picture(browser: str, page: str, tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    _, console = browse(browser, tmp_path, page, f"--screenshot={picture}")
    assert console == []
    data = picture.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(data) > 20_000


def test_console_errors_would_be_found(browser: str, tmp_path: Path) -> None:
    page = "<!DOCTYPE html><title>x</title><script>null.x</script><p>text</p>"
    _, console = browse(browser, tmp_path, page, "--dump-dom")
    assert len(console) == 1
    assert "TypeError" in console[0]
