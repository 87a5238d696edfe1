"""The program memory; oracle: `zskip.model.eie.program.Pass.words`."""

import pytest

from zskip.hw.eie.shell import program_memory
from zskip.model.eie.config import TINY, Config
from zskip.verif.common.unit_run import UnitRun

CONFIGS = {
    "tiny": TINY,
    "1 pass of 4 values": TINY.replace(weight_bits=2, pass_count=1),
    "5 passes of 256 values": TINY.replace(weight_bits=8, entries_per_word=4, pass_count=5),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_program(run_unit: UnitRun, config: Config) -> None:
    run_unit(program_memory(config), "tb_program", config)
