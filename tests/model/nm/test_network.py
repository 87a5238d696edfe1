"""Checks of a layer; oracle: one damage each to a layer that passes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from zskip.model.common.errors import InputError
from zskip.model.nm.config import NAMED, NM_2_4
from zskip.verif.nm.stimulus import random_network

SHARED = NAMED["nm_2_4_codebook"]


def message(name: str, change: dict[str, Any]) -> str:
    """Return why a layer with some fields changed is refused."""
    config = NAMED[name]
    (layer,) = random_network(config, (9, 5), 1).layers
    if "values" in change:
        change = {"matrix": replace(layer.matrix, **change)}
    with pytest.raises(InputError) as caught:
        replace(layer, **change).check(config)
    return str(caught.value).removesuffix(": compress the network again")


def test_layers_pass() -> None:
    for config in (NM_2_4, SHARED, NAMED["dense"]):
        random_network(config, (9, 5), 1).check()


def test_codebooks() -> None:
    book = np.zeros(16, dtype=np.int64)
    assert message("nm_2_4_codebook", {"codebook": book[:4]}) == (
        "layer 'fc1': the codebook must have 16 values, not shape (4,)"
    )
    assert message("nm_2_4", {"codebook": book}) == (
        "layer 'fc1': the codebook must have 0 values, not shape (16,)"
    )
    assert message("nm_2_4_codebook", {"codebook": book + 3}) == (
        "layer 'fc1': the first codebook value must be 0, not 3"
    )
    book[5] = 1 << 15
    assert message("nm_2_4_codebook", {"codebook": book}).startswith(
        "layer 'fc1': codebook values must be in -32768..32767 (16 bits), not 32768 at position 5"
    )


def test_values() -> None:
    values = np.full((5, 3, 1, 2), 128)
    values[:, 2] = 0
    assert message("nm_2_4", {"values": values}).startswith(
        "layer 'fc1': weights must be in -128..127 (8 bits), not 128 at position (0, 0, 0, 0)"
    )
    values[0, 0] = 16
    assert message("nm_2_4_codebook", {"values": values}) == (
        "layer 'fc1': codebook indices must be from 0 to 15, not 0 to 128"
    )


def test_another_pattern() -> None:
    (layer,) = random_network(NAMED["nm_1_4"], (9, 5), 1).layers
    with pytest.raises(InputError) as caught:
        layer.check(NM_2_4)
    assert str(caught.value) == (
        "layer 'fc1': n and m must be the configuration's (2, 4), not (1, 4): compress the network "
        "again for this configuration"
    )
