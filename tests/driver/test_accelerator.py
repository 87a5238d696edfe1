"""The Python driver; oracles: the golden model through the RTL, and a block of a few lines."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import zskip
from zskip.driver.accelerator import Accelerator
from zskip.driver.transport import MappedTransport, Transport
from zskip.engines import block
from zskip.files.network import save
from zskip.hw.common.axi_top import axi_module, axi_verilog
from zskip.model.common.back_to_back import interval, send_cycles
from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError, RunFailure
from zskip.model.common.identity import constants
from zskip.model.common.registers import BY_NAME, MAP_BYTES
from zskip.model.eie.back_to_back import sending_cycles
from zskip.model.eie.config import Config
from zskip.model.eie.passes import pass_words
from zskip.verif.common.simulator import Simulator, build, run

DIGITS = Path(zskip.__file__).parent / "examples" / "digits"
COUNT = 3
CONFIG = zskip.config("tiny")
BACK_TO_BACK = zskip.config("tiny", double_input=1)
STREAMED = zskip.config("tiny", streamed=1, spmat_depth=40, pointer_depth=64)
LARGE = {"weight_depth": 16, "vector_depth": 256, "bias_depth": 256}


@pytest.mark.parametrize(
    ("engine", "config"),
    [
        ("eie", CONFIG),
        ("eie", STREAMED),
        ("eie", BACK_TO_BACK),
        *(
            pytest.param(name, zskip.config(engine=name), marks=pytest.mark.slow)
            for name in ("nm", "bitlet")
        ),
        *(
            pytest.param(name, zskip.config(engine=name, double_input=1), marks=pytest.mark.slow)
            for name in ("nm", "bitlet")
        ),
        *(
            pytest.param(
                name,
                zskip.config("tiny", engine=name, streamed=1, **LARGE),
                marks=pytest.mark.slow,
            )
            for name in ("nm", "bitlet")
        ),
    ],
    ids=[
        *("eie", "eie streamed", "eie back to back", "nm", "bitlet"),
        *("nm back to back", "bitlet back to back", "nm streamed", "bitlet streamed"),
    ],
)
def test_digits_on_the_rtl(
    engine: str, config: EngineConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples, test = (np.load(DIGITS / f"{name}.npz")["inputs"] for name in ("calibration", "test"))
    network = zskip.compress(DIGITS / "network.npz", inputs=samples / 16, config=config).network
    unit = block(engine)
    compiled = build(
        axi_verilog(unit.hardware, config),
        top=axi_module(unit.hardware),
        simulator=Simulator.ICARUS if engine == "eie" else Simulator.VERILATOR,
    )
    save(network, tmp_path / "net.npz")
    vectors = test[:COUNT] / 16
    np.save(tmp_path / "inputs.npy", vectors)
    monkeypatch.syspath_prepend(Path(__file__).parent)
    variables = {"ZSKIP_DRIVER_FOLDER": str(tmp_path)}
    run(compiled, "tb_driver", folder=tmp_path, variables=variables)
    model = unit.engine.run(network, network.quantize_inputs(vectors))
    np.testing.assert_array_equal(
        np.load(tmp_path / "outputs.npy"), network.layers[-1].output_values(model.outputs)
    )
    counters = json.loads((tmp_path / "counters.json").read_text())
    assert counters["total_runs"] == COUNT
    assert counters["total_cycles"] > counters["run_cycles"] > 0
    assert counters["total_read_beats"] == COUNT * (1 + -(-10 // 4))
    assert counters["total_read_wait_cycles"] == 0
    if config.double_input:
        timing = [entry for layer in unit.engine.timing(network, model) for entry in layer]
        cycles = np.stack([entry["cycles"] for entry in timing])
        assert counters["run_cycles"] == interval(cycles)[-1]
        assert counters["run_cycles"] <= 1.02 * cycles.sum(axis=0)[-1]
        if isinstance(config, Config):
            # The first run behind the load of the program fetches its first pass in front.
            around = pass_words(config) + 1 + sending_cycles(10, config)
        else:
            around = send_cycles(10, 4)
        apart = interval(cycles).sum() + around
        assert counters["total_cycles"] == apart
        assert apart <= 1.02 * cycles.sum()


SENDING = next(field for field in BY_NAME["STATUS"].fields if field.name == "sending")


class Fake:
    """Registers of a block at rest that answers with no results."""

    def __init__(self, **values: int) -> None:
        self.values = {BY_NAME[name].offset: value[0] for name, value in constants(CONFIG).items()}
        self.values |= {BY_NAME[name].offset: value for name, value in values.items()}
        self.sent: list[Sequence[int]] = []
        self.written: list[tuple[int, int]] = []

    def read(self, address: int) -> int:
        return self.values.get(address, 0)

    def write(self, address: int, value: int) -> None:
        self.written.append((address, value))

    def send(self, words: Sequence[int]) -> None:
        self.sent.append(list(words))

    def receive(self) -> Sequence[int]:
        return []


def test_packets_are_sent_one_by_one() -> None:
    fake = Fake()
    Accelerator(fake, CONFIG).load([2 << 44, 7, 8, 1 << 44 | 3, 9])
    assert fake.sent == [[2 << 44, 7, 8], [1 << 44 | 3, 9]]
    assert fake.written == [(BY_NAME["CONTROL"].offset, 2)]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"ID": 3}, "register ID must read 0x706b737a, not 0x3: check the address"),
        ({"VERSION": 9 << 24}, "the register map must have version 1, not 9: use the driver"),
        ({"CONFIG_HASH": 0}, "register CONFIG_HASH tells another configuration"),
    ],
)
def test_what_is_no_such_block(values: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Accelerator(Fake(**values), CONFIG)


def test_words_that_are_no_packets() -> None:
    with pytest.raises(InputError, match="at word 0 announces 2 data words and 1 follow"):
        Accelerator(Fake()).load([2 << 44, 7])


def test_no_vectors_give_no_results() -> None:
    assert Accelerator(Fake()).run_many([]) == []


def test_a_block_that_stays_busy() -> None:
    with pytest.raises(RunFailure, match="an abort must end, but STATUS stays busy"):
        Accelerator(Fake(STATUS=1))
    accelerator = Accelerator(Fake(STATUS=1 << SENDING.low))
    with pytest.raises(RunFailure, match="must end within 5 reads of the status"):
        accelerator.run(polls=5)


def test_registers_in_a_mapped_file(tmp_path: Path) -> None:
    fake, path = Fake(), tmp_path / "registers"
    memory = np.zeros(MAP_BYTES // 4, dtype="<u4")
    for address, value in fake.values.items():
        memory[address // 4] = value
    path.write_bytes(memory.tobytes())
    with MappedTransport(path, send=fake.send, receive=fake.receive) as transport:
        checked: Transport = transport
        accelerator = Accelerator(checked, CONFIG)
        accelerator.load([1 << 44, 5])
        assert accelerator.counters()["total_runs"] == 0
    assert fake.sent == [[1 << 44, 5]]
    assert np.fromfile(path, "<u4")[BY_NAME["CONTROL"].offset // 4] == 2
