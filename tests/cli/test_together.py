"""Commands started together on an empty cache; oracle: what one of them says alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import zskip
from zskip.model.eie.config import TINY

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"


@pytest.mark.parametrize("simulator", ["icarus", pytest.param("verilator", marks=pytest.mark.slow)])
def test_two_simulations_on_an_empty_cache(tmp_path: Path, simulator: str) -> None:
    network = tmp_path / "digits.npz"
    calibration = EXAMPLE / "calibration.npz"
    zskip.compress(EXAMPLE / "network.npz", network, inputs=calibration, config=TINY)
    root = str(Path(zskip.__file__).parents[1])
    cache = str(tmp_path / "cache")
    environment = {**os.environ, "PYTHONPATH": root, "XDG_CACHE_HOME": cache}
    command = [sys.executable, "-m", "zskip", "simulate", str(network), "--sim", simulator]
    command += ["-i", str(EXAMPLE / "test.npz"), "--count", "2"]

    def start() -> "subprocess.Popen[str]":
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True)

    results = [process.communicate() for process in (start(), start())]
    (report, messages), other = results
    assert messages == ""
    assert other == (report, messages)
    assert "every output and counter equals the golden model's" in report
