"""The page on formats has every suffix that is read; oracle: the registry of readers."""

import re
from pathlib import Path

from zskip.files.weights import READERS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"


def test_every_suffix_is_described() -> None:
    rows = re.findall(r"^\| (`\..*?) \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(re.findall(r"`(\.\w+)`", " ".join(rows))) == set(READERS)
