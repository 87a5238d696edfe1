"""Memory images; oracle: the contents that the load stream brings to each memory."""

from collections.abc import Callable

import pytest

from zskip.files.drop.images import LOAD, image, images
from zskip.hw.eie.engine import ENGINE
from zskip.model.eie.config import TINY, Config
from zskip.model.eie.images import memories
from zskip.model.eie.network import Network
from zskip.model.eie.packets import Target
from zskip.model.eie.program import plan

CONFIGS = {
    "four": TINY,
    "one": TINY.replace(pe_count=1),
    "odd": TINY.replace(weight_bits=5, run_bits=2, entries_per_word=4, acc_bits=25),
}


def loaded(stream: list[int]) -> dict[tuple[int, int], list[int]]:
    """Return the data words of each packet, by target and PE."""
    packets = {}
    while stream:
        words = stream[0] >> 44
        packets[stream[0] & 0xFF, stream[0] >> 8 & 0xFFFF] = stream[1 : 1 + words]
        stream = stream[1 + words :]
    return packets


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_images_hold_what_the_stream_loads(
    config: Config, make_network: Callable[..., Network]
) -> None:
    network = make_network(config, (20, 17, 6))
    files = images(ENGINE, plan(network), memories(config))
    values = {
        name: [int(line, 16) for line in data.decode().splitlines() if line != "@0"]
        for name, data in files.items()
    }
    packets = loaded(values[LOAD])
    for pe in range(config.pe_count):
        place = f"images/pe_{pe}."
        assert values[f"{place}sparse_matrix_read.sram.hex"] == packets[Target.SPMAT, pe]
        pairs = packets[Target.POINTERS, pe]
        assert values[f"{place}pointer_read.even.hex"] == [pair & 0xFFFFFFFF for pair in pairs]
        assert values[f"{place}pointer_read.odd.hex"] == [pair >> 32 for pair in pairs]
        mask = (1 << config.acc_bits) - 1
        assert values[f"{place}accumulators.bias.hex"] == [
            bias & mask for bias in packets[Target.BIAS, pe]
        ]
    assert values["images/ccu.program_memory.sram.hex"] == packets[Target.PROGRAM, 0]
    assert len(files) == 2 + 4 * config.pe_count


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_every_line_has_the_digits_of_its_memory(
    config: Config, make_network: Callable[..., Network]
) -> None:
    program = plan(make_network(config, (20, 17, 6)))
    files = images(ENGINE, program, memories(config))
    for memory in memories(config):
        for pe in range(config.pe_count if memory.per_pe else 1):
            lines = files[image(ENGINE, memory, pe)].decode().splitlines()[1:]
            assert 0 < len(lines) <= memory.depth
            assert {len(line) for line in lines} == {-(-memory.bits // 4)}
            assert max(int(line, 16) for line in lines) < 1 << memory.bits
    assert {len(line) for line in files[LOAD].splitlines()} == {16}
