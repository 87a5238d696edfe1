"""Constant registers of a block, by which a driver knows what it talks to."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict

from zskip.model.common.config import EngineConfig
from zskip.model.common.registers import MAP_VERSION
from zskip.model.common.version import VERSION

IDENTIFICATION = int.from_bytes(b"zskp", "little")
"""What the register ``ID`` reads."""


def engine_code(name: str) -> int:
    """Return what the register ``ENGINE`` reads for an engine of this name."""
    return int.from_bytes(name.encode()[:4], "little")


def config_hash(config: EngineConfig) -> int:
    """Return what ``CONFIG_HASH`` reads: of the SHA-256 of the JSON of both, the first 32 bits."""
    text = json.dumps({"engine": config.ENGINE, "configuration": asdict(config)}, sort_keys=True)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def constants(config: EngineConfig) -> Mapping[str, tuple[int, ...]]:
    """Return the values of the constant registers of a block.

    Parameters
    ----------
    config : EngineConfig
        The hardware; fields are taken modulo 2**32.

    Returns
    -------
    mapping of str to tuple of int
        By name of the register, a value for each that follow one another; those of ``CONFIG``
        behind the last field are left out and read 0.
    """
    numbers = [int(part) & 0xFF for part in re.findall(r"\d+", VERSION)[:3]]
    major, minor, patch = numbers + [0] * (3 - len(numbers))
    fields = tuple(value & 0xFFFF_FFFF for value in asdict(config).values())
    return {
        "ID": (IDENTIFICATION,),
        "VERSION": (MAP_VERSION << 24 | major << 16 | minor << 8 | patch,),
        "ENGINE": (engine_code(config.ENGINE),),
        "CONFIG_HASH": (config_hash(config),),
        "CONFIG_COUNT": (len(fields),),
        "CONFIG": fields,
    }
