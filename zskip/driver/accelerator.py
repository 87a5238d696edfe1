"""A block behind AXI, as software uses it."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from zskip.driver.transport import WORD, Transport
from zskip.engines import engine_of
from zskip.model.common.bitfields import pack, unpack
from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError, RunFailure
from zskip.model.common.fixed import FloatArray
from zskip.model.common.identity import IDENTIFICATION, config_hash
from zskip.model.common.network import Network
from zskip.model.common.register import REGISTER_BITS
from zskip.model.common.registers import BY_NAME, MAP_VERSION
from zskip.model.common.stream import (
    ERRORS,
    LOAD_HEADER,
    RESULT_HEADER,
    ErrorCode,
    Kind,
    unpack_activations,
)

POLLS = 1_000_000
"""Reads of the status that a run may take, where none are given."""

ABORT_POLLS = 1000
"""Reads of the status that an abort may take."""

COUNTERS = tuple(name for name in BY_NAME if name.endswith(("_CYCLES", "_BEATS", "_RUNS")))
"""Registers that count."""


class Packet(NamedTuple):
    """A result packet.

    Parameters
    ----------
    kind : Kind
        What it carries.
    pass_index : int
        Number of the pass.
    words : tuple of int
        Its data words.
    """

    kind: Kind
    pass_index: int
    words: tuple[int, ...]


class Accelerator:
    """A block behind AXI; made, it is at rest and has no error.

    Parameters
    ----------
    transport : Transport
        The way to it.
    config : EngineConfig, optional
        The configuration that it must have; any without it.

    Raises
    ------
    InputError
        There is no block, its register map has another version, or its configuration another hash.
    """

    def __init__(self, transport: Transport, config: EngineConfig | None = None) -> None:
        self.transport = transport
        found = self.read("ID")
        if found != IDENTIFICATION:
            raise InputError(
                f"register ID must read {IDENTIFICATION:#x}, not {found:#x}: check the address and "
                "that the block is out of reset"
            )
        version = self.fields("VERSION")["map"]
        if version != MAP_VERSION:
            raise InputError(
                f"the register map must have version {MAP_VERSION}, not {version}: use the driver "
                "of the zskip that made the block"
            )
        if config is not None and self.read("CONFIG_HASH") != config_hash(config):
            raise InputError(
                f"the block must be {config.ENGINE} of {config.size}, but register CONFIG_HASH "
                "tells another configuration: compress the network for the block's"
            )
        self.abort()

    def read(self, name: str) -> int:
        """Return a register, of 64 bits the low half first."""
        register = BY_NAME[name]
        words = [
            self.transport.read(register.offset + WORD * part)
            for part in range(register.bits // REGISTER_BITS)
        ]
        return sum(word << REGISTER_BITS * part for part, word in enumerate(words))

    def fields(self, name: str) -> dict[str, int]:
        """Return the fields of a register."""
        return unpack(BY_NAME[name].fields, self.read(name))

    def write(self, name: str, **fields: int) -> None:
        """Write the fields of a register; the others become 0."""
        register = BY_NAME[name]
        self.transport.write(register.offset, pack(register.fields, **fields))

    def load(self, words: Sequence[int]) -> None:
        """Send load packets, such as the words of ``load.hex``.

        Raises
        ------
        InputError
            The words are no whole packets.
        """
        for packet in _packets(words, "load packets"):
            self.transport.send(packet)

    def run(
        self, vector: Sequence[int] = (), *, tiles: Sequence[int] = (), polls: int = POLLS
    ) -> list[Packet]:
        """Load an input vector, start, and wait for the end of the run and all results.

        Parameters
        ----------
        vector : sequence of int
            Load packets of the input vector; none if it is loaded already.
        tiles : sequence of int
            Load packets of the run's tiles, where weights are streamed.
        polls : int
            How often the status is read at most.

        Returns
        -------
        list of Packet

        Raises
        ------
        RunFailure
            The block reports an error, or has not ended; it is at rest then.
        """
        return self.run_many([vector], tiles=tiles, polls=polls)[0]

    def run_many(
        self,
        vectors: Sequence[Sequence[int]],
        *,
        tiles: Sequence[int] = (),
        polls: int = POLLS,
    ) -> list[list[Packet]]:
        """Run input vectors one after the other; the next one is loaded while one is computed.

        The latter is so where the block keeps a start; otherwise it is loaded behind the run.

        Parameters
        ----------
        vectors : sequence of sequence of int
            Load packets of each input vector.
        tiles : sequence of int
            Load packets of the tiles of a run, where weights are streamed.
        polls : int
            How often the status is read at most for each of them.

        Returns
        -------
        list of list of Packet
            Those of each run.

        Raises
        ------
        RunFailure
            As `run`.
        """
        if not vectors:
            return []
        before = self.read("TOTAL_READ_BEATS")
        words: list[int] = []
        left = iter(vectors)
        vector = next(left, None)
        for _ in range(polls * len(vectors)):
            status = self.fields("STATUS")
            words += self.transport.receive()
            if status["error"]:
                if not status["busy"]:
                    raise self._failure()
            elif vector is not None:
                if status["ready"] or not status["busy"]:
                    self.load(vector)
                    self.write("CONTROL", start=1)
                    self.load(tiles)
                    vector = next(left, None)
            elif (
                not (status["busy"] or status["sending"])
                and len(words) >= self.read("TOTAL_READ_BEATS") - before
            ):
                packets = [_result(packet) for packet in _packets(words, "results")]
                each = len(packets) // len(vectors)
                return [packets[n * each :][:each] for n in range(len(vectors))]
        self.abort()
        raise RunFailure(
            f"a run must end within {polls} reads of the status, but has not: take the results "
            "faster, or give it more"
        )

    def abort(self) -> None:
        """End whatever is under way and clear the error; the memories keep what they hold.

        Raises
        ------
        RunFailure
            The block stays busy.
        """
        self.write("CONTROL", abort=1)
        if all(self.fields("STATUS")["busy"] for _ in range(ABORT_POLLS)):
            raise RunFailure("an abort must end, but STATUS stays busy: check the block's clock")
        self.transport.receive()

    def counters(self) -> dict[str, int]:
        """Return the counters of the last run, and the totals, by the names of their registers."""
        return {name.lower(): self.read(name) for name in COUNTERS}

    def _failure(self) -> RunFailure:
        """Return what to raise for the block's error, and clear that."""
        code = ErrorCode(self.fields("ERROR")["code"])
        beat, header = self.read("ERROR_BEAT"), self.read("ERROR_HEADER")
        self.abort()
        return RunFailure(
            f"a run must have no error, but the block has {code.name} ({ERRORS[code]}) at beat "
            f"{beat}, header {header:#018x}: mend the packet or program, and load it again"
        )


class Inference:
    """A network on an accelerator: real inputs in, real outputs out.

    Parameters
    ----------
    accelerator : Accelerator
        The block.
    network : Network
        A network for the block's configuration; it is loaded.
    """

    def __init__(self, accelerator: Accelerator, network: Network[Any, Any]) -> None:
        self.accelerator = accelerator
        self.network = network
        self._engine = engine_of(network.config)
        program = self._engine.plan(network)
        self._tiles = program.tile_stream().tolist()
        accelerator.load(program.load_stream().tolist())

    def __call__(self, inputs: FloatArray) -> FloatArray:
        """Compute the outputs of inputs.

        Parameters
        ----------
        inputs : ndarray of float64, shape (n, inputs)
            In the order of the network's source.

        Returns
        -------
        ndarray of float64, shape (n, outputs)

        Raises
        ------
        InputError
            The inputs have the wrong shape.
        RunFailure
            As `Accelerator.run`.
        """
        network, last = self.network, self.network.layers[-1]
        vectors = network.select(network.quantize_inputs(np.asarray(inputs)))
        words = [self._engine.input_words(network, vector).tolist() for vector in vectors]
        rows = []
        for packets in self.accelerator.run_many(words, tiles=self._tiles):
            outputs = np.array(packets[-1].words, dtype=np.uint64)
            rows.append(unpack_activations(outputs, last.outputs, last.form))
        return last.output_values(network.restore(np.array(rows)))


def _packets(words: Sequence[int], what: str) -> Iterator[Sequence[int]]:
    """Cut words into packets; headers of both streams tell their length at the same place."""
    at = 0
    while at < len(words):
        end = at + 1 + unpack(LOAD_HEADER, words[at])["words"]
        if end > len(words):
            raise InputError(
                f"{what} must be whole packets, but the one at word {at} announces {end - at - 1} "
                f"data words and {len(words) - at - 1} follow: give all of it"
            )
        yield words[at:end]
        at = end


def _result(words: Sequence[int]) -> Packet:
    """Return a result packet of its words."""
    fields = unpack(RESULT_HEADER, words[0])
    return Packet(Kind(fields["kind"]), fields["pass_index"], tuple(words[1:]))
