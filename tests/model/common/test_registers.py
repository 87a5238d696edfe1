"""The register map; oracles: values written by hand, and the rules of the table."""

from dataclasses import asdict

import zskip
from zskip.engines import ENGINES, engine
from zskip.model.common.identity import config_hash, constants, engine_code
from zskip.model.common.register import REGISTER_BITS, Access
from zskip.model.common.registers import (
    BY_NAME,
    MAP_BYTES,
    MAP_VERSION,
    MOST_FIELDS,
    REGISTERS,
)
from zskip.model.common.stream import ErrorCode


def test_registers_stand_apart_in_the_map() -> None:
    end = 0
    for register in REGISTERS:
        assert register.offset >= end
        assert register.offset % 4 == 0
        end = register.offset + register.words * 4
    assert end <= MAP_BYTES
    assert len(BY_NAME) == len(REGISTERS)


def test_fields_stand_apart_in_their_register() -> None:
    for register in REGISTERS:
        end = 0
        for field in register.fields:
            assert field.low >= end
            end = field.low + field.bits
        assert end <= REGISTER_BITS


def test_addresses_do_not_change() -> None:
    """Drivers that are out in the world keep working until the version of the map changes."""
    offsets = {register.name: register.offset for register in REGISTERS}
    assert MAP_VERSION == 1
    assert offsets == {
        "ID": 0x000,
        "VERSION": 0x004,
        "ENGINE": 0x008,
        "CONFIG_HASH": 0x00C,
        "CONFIG_COUNT": 0x010,
        "CONTROL": 0x020,
        "STATUS": 0x024,
        "SETTINGS": 0x028,
        "IRQ_ENABLE": 0x02C,
        "IRQ_CAUSE": 0x030,
        "ERROR": 0x034,
        "ERROR_BEAT": 0x038,
        "ERROR_HEADER": 0x040,
        "RUN_CYCLES": 0x050,
        "LOAD_CYCLES": 0x054,
        "READ_CYCLES": 0x058,
        "WAIT_CYCLES": 0x05C,
        "LOAD_BEATS": 0x060,
        "READ_BEATS": 0x064,
        "TOTAL_RUNS": 0x080,
        "TOTAL_CYCLES": 0x088,
        "TOTAL_LOAD_BEATS": 0x090,
        "TOTAL_READ_BEATS": 0x098,
        "TOTAL_LOAD_WAIT_CYCLES": 0x0A0,
        "TOTAL_READ_WAIT_CYCLES": 0x0A8,
        "CONFIG": 0x100,
    }


def test_masks_and_words() -> None:
    assert BY_NAME["CONTROL"].mask == 0b111
    assert BY_NAME["ERROR"].mask == 0xF
    assert BY_NAME["ID"].mask == 0xFFFF_FFFF
    assert BY_NAME["TOTAL_RUNS"].words == 2
    assert BY_NAME["CONFIG"].words == MOST_FIELDS


def test_every_error_code_fits_its_field() -> None:
    assert max(ErrorCode) <= BY_NAME["ERROR"].mask


def test_constants_of_every_engine() -> None:
    hashes = set()
    for name in ENGINES:
        for config in engine(name).configs.values():
            given = constants(config)
            assert given["CONFIG"] == tuple(asdict(config).values())
            assert given["CONFIG_COUNT"] == (len(asdict(config)),)
            assert len(given["CONFIG"]) <= MOST_FIELDS
            assert given["ID"] == (0x706B737A,)
            assert given["VERSION"][0] >> 24 == MAP_VERSION
            hashes.add(config_hash(config))
    distinct = {
        (name, *asdict(c).values()) for name in ENGINES for c in engine(name).configs.values()
    }
    assert len(hashes) == len(distinct)


def test_every_constant_register_has_a_value() -> None:
    given = constants(zskip.config())
    assert set(given) == {r.name for r in REGISTERS if r.access is Access.CONSTANT}


def test_codes_of_engines_differ_and_read_as_text() -> None:
    assert engine_code("abcdef").to_bytes(4, "little") == b"abcd"
    assert engine_code("xy").to_bytes(4, "little") == b"xy\0\0"
    assert len({engine_code(name) for name in ENGINES}) == len(ENGINES)


def test_the_hash_is_the_same_everywhere() -> None:
    config = zskip.config("tiny")
    assert config_hash(config) == config_hash(config.replace())
    assert config_hash(config) != config_hash(config.replace(queue_depth=4))
