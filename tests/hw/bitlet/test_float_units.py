"""Units of the Bitlet engine around its lanes, those of floating point above all."""

from dataclasses import asdict

import pytest

from zskip.hw.bitlet.alignment import Alignment
from zskip.hw.bitlet.common_exponent import CommonExponent
from zskip.hw.bitlet.delay_line import DelayLine
from zskip.hw.bitlet.engine_core import EngineCore
from zskip.hw.bitlet.float_bias import FloatBias
from zskip.hw.bitlet.float_front import FloatFront
from zskip.hw.bitlet.intake import Intake
from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.hw.bitlet.outputs import Outputs
from zskip.hw.bitlet.pack import Pack
from zskip.hw.bitlet.products import Products
from zskip.hw.bitlet.serializer import Serializer
from zskip.hw.bitlet.unpack import Unpack
from zskip.model.bitlet.config import NAMED, Config
from zskip.model.common.floats import FLOAT16, FLOAT32, FloatFormat
from zskip.verif.common.bench import unit_design
from zskip.verif.common.unit_run import UnitRun

TINY = NAMED["tiny"].replace(lanes=4, float_bits=0)
FLOATS = {
    "float16, two rows": NAMED["tiny"],
    "float16, lanes run ahead in integers": NAMED["tiny"].replace(run_ahead=2, load_pairs=8),
    "float16, 24 lanes, no inversion": NAMED["tiny"].replace(lanes=24, segments=1, invert=0),
    "float32": TINY.replace(lanes=24, segments=3, float_bits=32),
    "float32, published": NAMED["published"].replace(pairs=16, load_pairs=4, window=3),
}


@pytest.mark.parametrize("rows", [1, 3])
def test_serializer(run_unit: UnitRun, rows: int) -> None:
    run_unit(Serializer(rows=rows, acc_bits=24), "tb_serializer", rows=rows, acc_bits=24)


@pytest.mark.parametrize("beats", [1, 2, 4])
def test_delay_line(run_unit: UnitRun, beats: int) -> None:
    run_unit(DelayLine(9, beats=beats), "tb_delay_line", beats=beats, width=9)


@pytest.mark.every(2)
@pytest.mark.parametrize(
    "name", ["float16, two rows", "float16, lanes run ahead in integers", "float32"]
)
def test_float_front(run_unit: UnitRun, name: str) -> None:
    lanes = LaneFormat(config=FLOATS[name])
    assert lanes.number
    run_unit(FloatFront(lanes, lanes.number), "tb_float_front", FLOATS[name])


@pytest.mark.every(2)
@pytest.mark.parametrize("config", [TINY, *FLOATS.values()], ids=["integers", *FLOATS])
def test_outputs(run_unit: UnitRun, config: Config) -> None:
    run_unit(Outputs(LaneFormat(config=config)), "tb_outputs", config)


@pytest.mark.every(2)
@pytest.mark.parametrize("config", [TINY, *FLOATS.values()], ids=["integers", *FLOATS])
def test_intake(run_unit: UnitRun, config: Config) -> None:
    run_unit(Intake(LaneFormat(config=config)), "tb_intake", config)


@pytest.mark.every(2)
@pytest.mark.parametrize("config", FLOATS.values(), ids=FLOATS)
def test_engine_core_in_floats(run_unit: UnitRun, config: Config) -> None:
    run_unit(EngineCore(config), "tb_engine_core_float", config)


@pytest.mark.parametrize("number", [FLOAT16, FLOAT32], ids=lambda number: number.name)
def test_unpack(run_unit: UnitRun, number: FloatFormat) -> None:
    run_unit(Unpack(number), "tb_unpack", number=asdict(number))


@pytest.mark.parametrize(
    ("number", "lanes"), [(FLOAT16, 11), (FLOAT16, 24), (FLOAT32, 24)], ids=str
)
def test_float_bias(run_unit: UnitRun, number: FloatFormat, lanes: int) -> None:
    run_unit(FloatBias(number, lanes=lanes), "tb_float_bias", number=asdict(number), lanes=lanes)


@pytest.mark.parametrize(("number", "pairs"), [(FLOAT16, 8), (FLOAT32, 4)], ids=str)
def test_products(run_unit: UnitRun, number: FloatFormat, pairs: int) -> None:
    run_unit(Products(number, pairs=pairs), "tb_products", number=asdict(number), pairs=pairs)


@pytest.mark.parametrize(("exponent_bits", "pairs"), [(6, 8), (9, 3)])
def test_common_exponent(run_unit: UnitRun, exponent_bits: int, pairs: int) -> None:
    sizes = {"exponent_bits": exponent_bits, "pairs": pairs}
    run_unit(CommonExponent(**sizes), "tb_common_exponent", **sizes)


@pytest.mark.parametrize(("number", "lanes"), [(FLOAT16, 7), (FLOAT16, 24), (FLOAT32, 24)], ids=str)
def test_alignment(run_unit: UnitRun, number: FloatFormat, lanes: int) -> None:
    unit = Alignment(number, lanes=lanes, pairs=4)
    run_unit(unit, "tb_alignment", number=asdict(number), lanes=lanes, pairs=4)


@pytest.mark.parametrize(
    ("number", "sum_bits", "unit_bits"), [(FLOAT16, 20, 7), (FLOAT32, 59, 10)], ids=str
)
def test_pack(run_unit: UnitRun, number: FloatFormat, sum_bits: int, unit_bits: int) -> None:
    unit = Pack(number, sum_bits=sum_bits, unit_bits=unit_bits)
    sizes = {"sum_bits": sum_bits, "unit_bits": unit_bits}
    run_unit(unit, "tb_pack", number=asdict(number), **sizes)


def test_without_floats_there_is_nothing_for_them() -> None:
    names = {"intake_front", "intake_bias", "outputs_pack", "__float_sum", "__rise", ".format("}
    for config, wanted in ((TINY, set[str]()), (NAMED["tiny"], names)):
        verilog = unit_design(EngineCore(config)).verilog
        assert {name for name in names if name in verilog} == wanted
