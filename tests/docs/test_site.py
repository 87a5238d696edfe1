"""The documentation as a site: it builds without a warning and asks nothing of other sites."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from zskip.cli import VERBS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it as `scripts/docs` does, but for the notebook, which its own test runs."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--fail-on-warning", "--keep-going", "--quiet", "-D", "nb_execution_mode=off"]
    command = [sys.executable, "-m", "sphinx", *options, str(ROOT / "docs"), str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return folder


def test_every_verb_has_its_options(site: Path) -> None:
    text = (site / "verbs.html").read_text(encoding="utf-8")
    for verb in VERBS:
        assert f'id="zskip-{verb}"' in text
        assert f"cmdoption-zskip-{verb}-json" in text


def test_public_names_are_documented(site: Path) -> None:
    import zskip

    text = (site / "api" / "python.html").read_text(encoding="utf-8")
    names = {name for name in zskip.__all__ if name != "engines"}
    assert {name for name in names if f'id="zskip.{name}"' not in text} == set()


def test_every_unit_of_the_hardware_is_documented(site: Path) -> None:
    pages = ("units", "protocol")
    text = "".join((site / "api" / f"{page}.html").read_text(encoding="utf-8") for page in pages)
    modules = {
        ".".join(("zskip", *path.relative_to(ROOT).with_suffix("").parts))
        for path in (ROOT / "hw").rglob("*.py")
        if path.name != "__init__.py" and path.parent.name != "backend"
    }
    assert {name for name in modules if f'id="module-{name}"' not in text} <= {
        "zskip.hw.common.engine",  # its class is on the page of the protocol
        "zskip.hw.eie.engine",  # nothing but the protocol
        "zskip.hw.nm.engine",
        "zskip.hw.bitlet.engine",
    }


def test_pages_load_nothing_from_elsewhere_and_name_no_machine(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert re.findall(r"""(?:src=|url\()["']?(?:https?:)?//[^"')]*""", text) == [], page
        assert re.findall(r"<link[^>]*href=.https?://[^>]*", text) == [], page
        assert str(ROOT) not in text, page
