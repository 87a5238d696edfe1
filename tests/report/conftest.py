"""Reports that several tests of the pages look at."""

from pathlib import Path

import pytest

import zskip
from zskip.files.weights import read_weights
from zskip.flow.compressed import Compressed
from zskip.report.build import Report, build_report
from zskip.report.html import to_html

DIGITS = Path(zskip.__file__).resolve().parents[1] / "examples" / "digits"


@pytest.fixture(scope="session")
def compressed(tmp_path_factory: pytest.TempPathFactory) -> Compressed:
    """The network of the digits, compressed."""
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    path = tmp_path_factory.mktemp("digits") / "digits.npz"
    inputs = DIGITS / "calibration.npz"
    return zskip.compress(
        DIGITS / "network.npz", path, inputs=inputs, input_scale=1 / 16, config="tiny"
    )


@pytest.fixture(scope="session")
def report(compressed: Compressed) -> Report:
    """Its report."""
    return build_report(compressed, read_weights(DIGITS / "network.npz"))


@pytest.fixture(scope="session")
def page(report: Report) -> str:
    """Its page."""
    return to_html(report)
