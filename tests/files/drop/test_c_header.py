"""The C header; oracle: a C compiler, asked for the values that the model uses."""

import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest

import zskip
from zskip.engines import ENGINES, engine
from zskip.files.drop.c_header import c_header
from zskip.model.common.bitfields import Field, pack
from zskip.model.common.stream import (
    COUNTER_BITS,
    COUNTERS_PER_WORD,
    LANES,
    LOAD_HEADER,
    RESULT_HEADER,
    STREAM_BITS,
    ErrorCode,
    Kind,
)
from zskip.model.eie.config import PAPER, TINY, Config
from zskip.model.eie.counters import CENTRAL, PER_PE
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.packets import TILE, TILE_WORD, Target
from zskip.model.eie.passes import DESCRIPTOR_WORDS, PASS_WORD_0, PASS_WORD_1, pass_words

PREFIX = "ZSKIP_EIE_"

LAYOUTS = {
    "LOAD": LOAD_HEADER,
    "RESULT": RESULT_HEADER,
    "PASS0": PASS_WORD_0,
    "PASS1": PASS_WORD_1,
}


STREAMED = TINY.replace(streamed=1)


def expected(config: Config = TINY) -> dict[str, int]:
    """Every name of the header and its value."""
    values = {f"CONFIG_{name.upper()}": value for name, value in asdict(config).items()}
    values |= {
        "STREAM_BITS": STREAM_BITS,
        "ACTIVATIONS_PER_WORD": LANES,
        "COUNTER_BITS": COUNTER_BITS,
        "COUNTERS_PER_WORD": COUNTERS_PER_WORD,
        "DESCRIPTOR_WORDS": DESCRIPTOR_WORDS,
        "PASS_WORDS": pass_words(config),
    }
    layouts = LAYOUTS
    if config.streamed:
        layouts = LAYOUTS | {"TILE": TILE_WORD}
        values["TARGET_TILE"] = TILE
    for name, layout in layouts.items():
        for field in layout:
            values[f"{name}_{field.name.upper()}_LOW"] = field.low
            values[f"{name}_{field.name.upper()}_BITS"] = field.bits
    for name, codes in (("TARGET", Target), ("KIND", Kind), ("ERROR", ErrorCode)):
        values |= {f"{name}_{code.name}": code.value for code in codes}
    for name, counters in (("CENTRAL", CENTRAL), ("PE", PER_PE)):
        values |= {f"{name}_COUNTER_{key.upper()}": n for n, key in enumerate(counters)}
        values[f"{name}_COUNTERS"] = len(counters)
    return values


@pytest.mark.parametrize("config", [TINY, STREAMED], ids=["on chip", "streamed"])
@pytest.mark.parametrize(("language", "standard"), [("c", "c99"), ("c++", "c++11")])
def test_a_compiler_sees_the_values_of_the_model(
    tmp_path: Path, language: str, standard: str, config: Config
) -> None:
    values = expected(config)
    (tmp_path / "zskip_eie.h").write_text(c_header(ENGINE, config))
    prints = [f'printf("%s %ld\\n", "{name}", (long){PREFIX}{name});' for name in sorted(values)]
    program = "\n".join(
        [
            '#include "zskip_eie.h"',
            '#include "zskip_eie.h"',
            "#include <stdio.h>",
            "int main(void) {",
            *prints,
            "return 0;",
            "}",
            "",
        ]
    )
    source, binary = tmp_path / "main.c", tmp_path / "main"
    source.write_text(program)
    compiler = shutil.which("cc") or "gcc"
    flags = [f"-std={standard}", "-Wall", "-Wextra", "-Werror", "-pedantic", "-x", language]
    subprocess.run([compiler, *flags, str(source), "-o", str(binary)], check=True)
    output = subprocess.run([binary], check=True, capture_output=True, text=True).stdout
    found = dict(line.split() for line in output.splitlines())
    assert {name: int(value) for name, value in found.items()} == values


@pytest.mark.parametrize("config", [TINY, STREAMED], ids=["on chip", "streamed"])
def test_nothing_is_defined_that_the_model_does_not_have(config: Config) -> None:
    text = c_header(ENGINE, config)
    names = {word.strip(",") for word in text.split() if word.startswith(PREFIX)}
    assert {name.removeprefix(PREFIX) for name in names} == {*expected(config), "H"}


@pytest.mark.parametrize("layout", [*LAYOUTS.values(), TILE_WORD], ids=[*LAYOUTS, "TILE"])
def test_fields_are_placed_as_pack_places_them(layout: tuple[Field, ...]) -> None:
    """What a driver computes from low and bits is the word that the model computes."""
    for field in layout:
        largest = (1 << field.bits) - 1
        assert pack(layout, **{field.name: largest}) == largest << field.low


def test_the_configuration_is_that_of_the_array() -> None:
    assert f"#define {PREFIX}CONFIG_PE_COUNT 64\n" in c_header(ENGINE, PAPER)
    assert c_header(ENGINE, PAPER) == c_header(ENGINE, PAPER)


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_tells_the_end_of_a_tile(name: str) -> None:
    model = engine(name)
    tile = model.stream.tile
    assert tile is not None
    prefix = f"ZSKIP_{name.upper()}_"
    text = c_header(model, zskip.config("tiny", engine=name, streamed=1))
    assert f"{prefix}TARGET_TILE = {tile.target} /*" in text
    for field in tile.word:
        assert f"#define {prefix}TILE_{field.name.upper()}_LOW {field.low} " in text
    assert "TILE_" not in c_header(model, zskip.config("tiny", engine=name))
