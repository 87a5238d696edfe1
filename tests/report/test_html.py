"""The HTML report; oracles: Python's HTML parser, the numbers of the report."""

import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import zskip
from zskip.files.weights import read_weights
from zskip.flow.compressed import Compressed
from zskip.model.common.errors import InputError
from zskip.report.build import Report, build_report
from zskip.report.html import to_html, write_html

DIGITS = Path(zskip.__file__).resolve().parents[1] / "examples" / "digits"
NAMES = ('<img src="x" onerror="alert(1)">', "$fc_2$ & 'more' \u5c42", "_" + "long" * 30)
PLOTS = {
    *("cycles", "storage", "padding", "balance", "fit"),
    *(f"{kind}-{number}" for kind in ("load", "weights", "codebook") for number in (1, 2, 3)),
}
VOID = {"meta", "wbr"}
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
    used = set(re.findall(r"var\((--\w+)\)", page)) - {"--font"}
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


def test_a_pattern_tells_what_it_keeps(page: str) -> None:
    weights = DIGITS / "network.npz"
    given = {"inputs": DIGITS / "calibration.npz", "input_scale": 1 / 16, "engine": "nm"}
    pruned = zskip.compress(weights, pattern="2:4", permute=True, **given)
    text = to_html(build_report(pruned, read_weights(weights)))
    for share in pruned.shares:
        for power in (share.kept_l1, share.unpermuted_l2, share.unstructured_l2):
            assert f">{100 * power:.2f}\N{NO-BREAK SPACE}%<" in text
    assert "<th>2:4</th><th>kept L1</th><th>kept L2</th><th>unpermuted L1</th>" in text
    assert "kept L1" not in page
