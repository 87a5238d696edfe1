"""Bench of a block behind AXI; oracles: the exact results of its stimulus, and `AxiModel`."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.model.common.axi import AxiModel
from zskip.model.common.bitfields import pack, unpack
from zskip.model.common.registers import BY_NAME, MAP_BYTES, REGISTERS
from zskip.model.common.stream import LOAD_HEADER, RESULT_HEADER, ErrorCode
from zskip.verif.common.axi_host import AxiHost, Pauses
from zskip.verif.common.block_stimulus import BlockStimulus, Words, split_packets
from zskip.verif.common.stimulus import current_stimulus

PATIENCE = 20
"""Cycles in place of one without pauses, at most."""

CONTROL = BY_NAME["CONTROL"].offset
LOAD_BEATS = BY_NAME["TOTAL_LOAD_BEATS"].offset


class Network:
    """A network that is loaded, run and checked through AXI, with the model beside it."""

    def __init__(self, dut: HierarchyObject, pauses: Pauses | None = None) -> None:
        given = current_stimulus()
        memories = {int(target): (words, per_pe) for target, words, per_pe in given["memories"]}
        self.count: int = given["count"]
        self.stimulus = BlockStimulus.open(Path(given["path"]))
        self.host = AxiHost(dut, pauses)
        self.rng = self.host.bench.rng
        self.model = AxiModel(memories, given["pe_count"], given["values"])
        self.packets = split_packets(self.stimulus.load, LOAD_HEADER)

    async def begin(self) -> None:
        """Reset, and load the program."""
        await self.host.bench.start()
        await self.load(self.stimulus.load)

    async def load(self, words: Words) -> None:
        """Send good packets."""
        for packet in split_packets(words, LOAD_HEADER):
            await self.beats(packet, len(packet) - 1)

    async def beats(self, words: Words, *lasts: int) -> None:
        """Send beats to block and model."""
        self.host.send_beats(words, lasts)
        for number, word in enumerate(words):
            self.model.beat(word, number in lasts)
        await self.host.sent()

    async def start(self) -> bool:
        """Start; return whether a run begins."""
        await self.host.write("CONTROL", start=1)
        return self.model.start()

    async def abort(self) -> None:
        """Abort, and wait until that is done."""
        await self.host.write("CONTROL", abort=1)
        self.model.abort()
        await self.settled()

    async def recover(self) -> None:
        """Clear an error, and all that goes with it."""
        await self.abort()
        await self.host.write_at(BY_NAME["IRQ_CAUSE"].offset, 0b11)
        self.model.write(BY_NAME["IRQ_CAUSE"].offset, 0b11, 0xF)
        await self.check()

    async def settled(self) -> dict[str, int]:
        """Wait until nothing is under way; return the status."""
        limit = 500 + sum(map(sum, self.stimulus.cycles))
        for _ in range(limit):
            status = await self.host.fields("STATUS")
            if not status["busy"]:
                return status
        raise AssertionError(f"busy for {limit} reads of the status")

    async def run(self, vector: int) -> None:
        """Load an input vector, run it, and check every word of the results."""
        await self.load(self.stimulus.inputs[vector])
        assert await self.start()
        await self.load(self.stimulus.tiles)
        await self.finish(vector)

    async def finish(self, vector: int) -> None:
        """Check the results of the run under way, and its status."""
        status = await self.settled()
        self.model.ends()
        expected = split_packets(self.stimulus.results[vector], RESULT_HEADER)
        host = self.host
        await host.bench.until(lambda: sum(b["last"] for b in host.sink.items) == len(expected))
        assert host.received() == expected
        assert (status["done"], status["overflow"]) == (1, int(self.stimulus.overflow[vector]))
        beats = await host.read("READ_BEATS")
        assert beats == sum(map(len, expected))
        assert await host.read("READ_CYCLES") == beats + await host.read("WAIT_CYCLES")
        await self.check()

    async def check(self) -> None:
        """Compare the registers that the model knows, and no beat too many."""
        # The last beats of a packet are on their way for a while, and so is what they cause.
        await self.host.bench.step(40)
        names = ("ERROR", "ERROR_BEAT", "IRQ_CAUSE")
        for name in names:
            assert await self.host.read(name) == self.model.read(BY_NAME[name].offset), name
        assert await self.host.read("ERROR_HEADER") == self.model.error_header
        status = await self.host.fields("STATUS")
        assert status["error"] == self.model.error
        assert status["loading"] == self.model.loading
        assert status["dropping"] == self.model.dropping
        assert self.host.bench["irq"].bits == self.model.irq
        assert not self.host.sink.items

    async def malformed(self) -> None:
        """Send a packet that is wrong in some way, and whose words, if it writes any, are right."""
        good = list(self.packets[self.rng.integers(len(self.packets))])
        size, kind = len(good), int(self.rng.integers(6))
        fields = unpack(LOAD_HEADER, good[0])
        # Taken for a header, the first or second word of what is too much would spoil the network.
        noise = np.frombuffer(self.rng.bytes(24), dtype="<u8").tolist()
        noise[:2] = [pack(LOAD_HEADER, **fields | {"words": 1})] * 2
        if kind == 0:
            cut = int(self.rng.integers(1, size))
            await self.beats(good[:cut], cut - 1)
        elif kind == 1:
            await self.beats(good + noise, size + 2)
        elif kind == 2:
            await self.beats([pack(LOAD_HEADER, **fields | {"words": size}), *good[1:]], size - 1)
        elif kind == 3:
            await self.beats([pack(LOAD_HEADER, **fields | {"words": 0}), *noise], 3)
        else:
            words, _ = self.stimulus.bad[self.rng.integers(len(self.stimulus.bad))]
            await self.beats(words, len(words) - 1)
        await self.check()

    async def access(self) -> None:
        """Read or write some register, but no command."""
        address = int(self.rng.integers(MAP_BYTES))
        if self.rng.random() < 0.7:
            register = REGISTERS[self.rng.integers(len(REGISTERS))]
            address = register.offset + int(self.rng.integers(4 * register.words))
        if self.rng.random() < 0.5:
            data, response = await self.host.read_at(address)
            assert response == 0
            assert self.model.read(address) in (None, data), f"{address:#x} reads {data:#x}"
            if address & ~3 == LOAD_BEATS:
                assert data == self.model.beats
        elif address & ~3 != CONTROL:
            data, strobe = int(self.rng.integers(1 << 32)), int(self.rng.integers(16))
            if address & ~3 == BY_NAME["SETTINGS"].offset:
                data = 0
            expected = self.model.write(address, data, strobe)
            assert await self.host.write_at(address, data, strobe) == expected, hex(address)


@cocotb.test()
@cocotb.parametrize(
    (
        ("send", "receive", "ask"),
        [
            ("never", "never", "never"),
            ("seldom", "bursts", "mostly"),
            ("mostly", "seldom", "bursts"),
        ],
    )
)
async def vectors_one_after_the_other(
    dut: HierarchyObject, send: str, receive: str, ask: str
) -> None:
    """Every word of every result and the flags, whatever the pauses."""
    network = Network(dut, Pauses(send=send, receive=receive, ask=ask, answer=receive))
    await network.begin()
    for vector in range(len(network.stimulus.inputs)):
        await network.run(vector)
    await network.host.check_waits()


@cocotb.test()
async def bad_traffic(dut: HierarchyObject) -> None:
    """Wrong packets and accesses of any kind: each error by its code, and good runs between."""
    network = Network(dut, Pauses(send="seldom", receive="seldom"))
    rng = network.rng
    await network.begin()
    actions: list[Callable[[], Awaitable[None]]] = [network.malformed, network.access]
    for number in range(network.count):
        action = actions[rng.integers(2)]
        await action()
        if rng.random() < 0.5:
            await network.abort()
            await network.check()
        if number % 20 == 19:
            await network.run(int(rng.integers(len(network.stimulus.inputs))))


@cocotb.test()
async def start_in_the_middle_of_a_packet(dut: HierarchyObject) -> None:
    """It is refused and reported; the packet may go on."""
    network = Network(dut)
    await network.begin()
    vector = network.stimulus.inputs[0]
    await network.beats(vector[:-1])
    assert not await network.start()
    await network.check()
    assert network.model.error == ErrorCode.START
    await network.beats(vector[-1:], 0)
    await network.start()
    await network.finish(0)


@cocotb.test()
async def start_while_a_run_is_under_way(dut: HierarchyObject) -> None:
    """It is refused and reported; the run goes on."""
    network = Network(dut)
    await network.begin()
    await network.load(network.stimulus.inputs[0])
    await network.start()
    await network.host.write("CONTROL", start=1)
    assert not network.model.start(ready=False)
    await network.finish(0)


@cocotb.test()
async def start_while_an_abort_is_carried_out(dut: HierarchyObject) -> None:
    """It is refused and reported, and nothing runs."""
    network = Network(dut)
    await network.begin()
    await network.load(network.stimulus.inputs[0])
    await network.host.write("CONTROL", abort=1)
    network.model.abort()
    await network.host.write("CONTROL", start=1)
    assert not network.model.start(ready=False)
    assert not (await network.settled())["done"]
    await network.check()
    assert network.model.error == ErrorCode.START
    await network.recover()
    await network.run(0)


@cocotb.test()
async def next_input_right_behind_the_start(dut: HierarchyObject) -> None:
    """It is taken while the run is under way, as far as there is room, and is that of the next."""
    network = Network(dut)
    host, inputs = network.host, network.stimulus.inputs
    await network.begin()
    await network.load(inputs[0])
    for vector in range(1, len(inputs)):
        assert await network.start()
        host.send(inputs[vector])
        for number, word in enumerate(inputs[vector]):
            network.model.beat(word, number == len(inputs[vector]) - 1)
        await network.finish(vector - 1)
        await host.sent()


@cocotb.test()
async def packets_joined(dut: HierarchyObject) -> None:
    """Where that is set, all packets of a program come as one."""
    network = Network(dut, Pauses(send="seldom"))
    await network.host.bench.start()
    await network.host.write("SETTINGS", joined=1)
    network.model.write(BY_NAME["SETTINGS"].offset, 1, 1)
    words = network.stimulus.load + network.stimulus.inputs[0]
    await network.beats(words, len(words) - 1)
    await network.start()
    await network.finish(0)


@cocotb.test()
async def aborts(dut: HierarchyObject) -> None:
    """After an abort at any time, a run is as ever; packets of both streams end."""
    network = Network(dut, Pauses(send="seldom", receive="seldom"))
    rng, host = network.rng, network.host
    await network.begin()
    for number in range(max(1, network.count // 10)):
        vector = int(rng.integers(len(network.stimulus.inputs)))
        words = network.stimulus.inputs[vector]
        if number % 4 == 0:
            cut = int(rng.integers(1, len(words)))
            await network.beats(words[:cut])
        else:
            await network.load(words)
            await network.start()
            await host.bench.step(int(rng.integers(2 * sum(network.stimulus.cycles[vector]))))
        await network.abort()
        if network.model.loading:
            assert (await host.fields("STATUS"))["dropping"]
            await network.beats(words[:2], 1)
        await host.bench.step(60)
        assert not (await host.fields("STATUS"))["sending"]
        host.received()
        cause = await host.read("IRQ_CAUSE")
        await host.write_at(BY_NAME["IRQ_CAUSE"].offset, cause)
        network.model.write(BY_NAME["IRQ_CAUSE"].offset, 0xFFFF_FFFF, 0xF)
        await network.check()
        await network.run(vector)


@cocotb.test()
async def receiver_that_stalls_for_ever(dut: HierarchyObject) -> None:
    """The bus answers, an abort works, and what was offered stays until it is taken."""
    network = Network(dut, Pauses(receive="always"))
    host = network.host
    await network.begin()
    await network.load(network.stimulus.inputs[0])
    await network.start()
    await host.bench.step(PATIENCE * sum(network.stimulus.cycles[0]))
    status = await host.fields("STATUS")
    assert (status["busy"], status["sending"]) == (1, 1)
    await network.abort()
    assert (await host.fields("STATUS"))["sending"]
    host.sink.pause("never")
    await host.bench.step(10)
    assert not (await host.fields("STATUS"))["sending"]
    (packet,) = host.received()
    first = split_packets(network.stimulus.results[0], RESULT_HEADER)[0]
    assert packet[:-1] == first[: len(packet) - 1]
    assert packet[-1] == 0
    await network.run(0)


@cocotb.test()
@cocotb.parametrize(lack=("all", "last"))
async def starts_too_early(dut: HierarchyObject, lack: str) -> None:
    """Without a whole input vector a run is over at once, and reported; the next one is as ever."""
    network = Network(dut)
    host = network.host
    await network.begin()
    await network.abort()
    if lack == "last":
        header, *words = network.stimulus.inputs[0]
        fields = unpack(LOAD_HEADER, header) | {"words": len(words) - 1}
        await network.load([pack(LOAD_HEADER, **fields), *words[:-1]])
    assert await network.start()
    assert (await network.settled())["done"]
    assert (await host.fields("ERROR"))["code"] == ErrorCode.INPUT
    assert not host.sink.items
    await network.abort()
    await host.write_at(BY_NAME["IRQ_CAUSE"].offset, 0b11)
    await network.run(0)
