"""Fit; oracles: the estimate of the array, the cycles that compress predicts, bad input."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zskip
from zskip.engines import ENGINES
from zskip.flow.compressed import Compressed
from zskip.model.common.errors import InputError
from zskip.model.eie.config import PAPER, TINY
from zskip.synth.formulas.estimate import estimate, formulas
from zskip.synth.formulas.parts import PARTS

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"


@pytest.fixture(scope="module")
def samples() -> Any:
    """Inputs of the digits network, as it was trained with them."""
    with np.load(EXAMPLE / "calibration.npz") as archive:
        return archive["inputs"] / 16


@pytest.fixture(scope="module")
def digits(samples: Any) -> Compressed:
    """The digits network for 4 PEs."""
    return zskip.compress(EXAMPLE / "network.npz", inputs=samples, config=TINY)


def test_a_configuration() -> None:
    report = zskip.fit(config=TINY)
    assert report.figures == {target: estimate(TINY, target) for target in formulas()}
    assert [one.name for one in report.parts] == list(PARTS)
    assert [one.fits for one in report.parts] == [True] * len(PARTS)
    assert report.spent is not None
    assert report.spent.energy_nj > 0
    assert report.headline.endswith(
        "fits ECP5-25, ECP5-45, ECP5-85, Artix-7 35, Artix-7 100, Zynq ZU3EG of 6 parts"
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine(engine: str) -> None:
    report = zskip.fit(engine=engine)
    assert report.config == zskip.engines.engine(engine).default
    assert report.spent is not None
    assert report.spent.cycles > 0


def test_a_network(digits: Compressed, samples: Any) -> None:
    report = zskip.fit(digits, inputs=samples)
    predicted = digits.prediction
    assert predicted is not None
    assert report.config == TINY
    assert report.spent is not None
    assert report.spent.cycles == predicted.total.cycles
    assert report.spent.energy_nj == pytest.approx(predicted.total.energy.total)
    assert zskip.fit(digits).spent is None


def test_what_does_not_fit() -> None:
    report = zskip.fit(config=PAPER, part="ecp5-85")
    (one,) = report.parts
    assert not one.fits
    # 64 PEs, each 64 blocks of weights, twice 17 of pointers, one of biases; two for all.
    assert one.exceeded["block RAM"] > PARTS["ecp5-85"].resources["block RAM"]
    assert one.settings
    assert zskip.fit(config=PAPER.replace(**one.settings), part="ecp5-85").parts[0].fits
    assert report.to_dict()[0]["fits"] is False


def test_a_network_stays_in_the_array_that_is_proposed(digits: Compressed) -> None:
    engine = zskip.engines.engine("eie")
    wide = engine.recode(digits.network, TINY.replace(spmat_depth=65536))
    report = zskip.fit(wide, part="ecp5-25")
    (one,) = report.parts
    assert one.settings is not None
    engine.check_fit(engine.recode(wide, wide.config.replace(**one.settings)))


def test_bad_input(digits: Compressed, samples: Any) -> None:
    with pytest.raises(InputError, match=r"a part must be one of ecp5-25, .*, not 'ecp6'"):
        zskip.fit(part="ecp6")
    with pytest.raises(InputError, match="but both are given"):
        zskip.fit(digits, config=TINY)
    with pytest.raises(InputError, match="but none is given: name its file"):
        zskip.fit(inputs=samples)
