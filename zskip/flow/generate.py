"""Generate: the Verilog of a block, files for its driver, and the memory images of a network."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zskip.engines import DEFAULT, hardware
from zskip.engines import engine as find_engine
from zskip.files.atomic import check_folder, write_folder
from zskip.files.drop.axi_ports import axi_ports
from zskip.files.drop.bench import BOOT, bench_files
from zskip.files.drop.c_header import c_header
from zskip.files.drop.images import LOAD, TILES, image_patterns, images
from zskip.files.drop.integration import integration_files
from zskip.files.drop.order import ORDER, order_json
from zskip.files.drop.readme import readme
from zskip.files.drop.states import STATES, states_header
from zskip.files.drop.vectors import BENCH, VECTORS, vector_files
from zskip.files.inputs import AnyInputs, read_inputs
from zskip.flow.choices import AnyConfig, given_config
from zskip.flow.given import AnyNetwork, AnyPath, given_network
from zskip.flow.golden import golden_vectors
from zskip.flow.report import Report, Row
from zskip.hw.common.axi_top import axi_module, axi_verilog
from zskip.hw.common.engine import Hardware
from zskip.model.common.config import EngineConfig
from zskip.model.common.engine import Engine
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import FloatArray
from zskip.model.common.network import Network
from zskip.model.common.version import VERSION

README = "README.md"
CONFIG = "config.json"


@dataclass(frozen=True, kw_only=True, repr=False)
class Generated(Report):
    """A folder of Verilog.

    Parameters
    ----------
    folder : pathlib.Path
        Where it is.
    top : str
        Verilog module at the top.
    verilog : str
        File of all modules.
    config : EngineConfig
        The hardware.
    files : dict of str to int
        Bytes of each file, by path inside the folder.
    load_words : int or None
        Words of the load stream of the network, if one was given.
    """

    folder: Path
    top: str
    verilog: str
    config: EngineConfig
    files: dict[str, int]
    load_words: int | None

    @property
    def headline(self) -> str:
        """Folder, hardware and files."""
        return f"{self.folder}: {self.top} of {self.config.size}, {len(self.files)} files"

    def to_dict(self) -> list[Row]:
        """Return a row for each file."""
        return [{"file": name, "bytes": size} for name, size in self.files.items()]


def generate(
    folder: AnyPath,
    *,
    network: AnyNetwork | None = None,
    engine: str | None = None,
    config: AnyConfig | None = None,
    inputs: AnyInputs | None = None,
    count: int | None = None,
    force: bool = False,
) -> Generated:
    """Write the Verilog of a block, and the files that belong to it.

    Parameters
    ----------
    folder : path
        Folder to write; it must be new or empty.
    network : path, Network or Compressed, optional
        Compressed network, or its file: its configuration is taken, and its memory images are
        added.
    engine : str, optional
        The kind of accelerator; that of the network or the configuration, or the default one,
        without it.
    config : EngineConfig or str, optional
        The hardware or the name of it, as `zskip.config` takes it, where no network is given; the
        engine's default without it.
    inputs : path or array_like, optional
        Inputs of the golden vectors, as `zskip.simulate` takes them; without them a few are drawn
        at random.
    count : int, optional
        Use only that many of the inputs.
    force : bool
        Write into a folder that holds files, and replace those of the same names.

    Returns
    -------
    Generated

    Raises
    ------
    InputError
        The folder cannot be written, the network file or the inputs are refused, both a network and
        a configuration are given, or inputs without a network.
    """
    if inputs is not None and network is None:
        raise InputError(
            "inputs must come with the network that they are for, but none is given: add the "
            "network, or leave the inputs out"
        )
    if network is not None and config is not None:
        raise InputError(
            "the array must be that of the network or that of a configuration, but both are "
            "given: leave one out; `zskip compress` makes the network for another configuration"
        )
    target = Path(folder)
    check_folder(target, overwrite=force)
    loaded = None if network is None else given_network(network, engine)
    given = given_config(config, engine) if loaded is None else loaded.config
    model = find_engine((engine or DEFAULT) if given is None else given.ENGINE)
    chosen = model.default if given is None else given
    block = hardware(model.name)
    files = _files(model, block, chosen)
    if loaded is not None:
        real = None if inputs is None else read_inputs(inputs, count=count).values
        files |= _network_files(model, block, loaded, real)
    top = axi_module(block)
    ports = axi_ports()
    files |= integration_files(block.top, top, chosen, ports)
    described = _described(block.top, top, loaded)
    verilog = files[f"{block.top}.v"].decode()
    files[README] = readme(model, block, chosen, ports, described, verilog, loaded).encode()
    write_folder(target, files, overwrite=force, stale=_stale(model, block, chosen))
    return Generated(
        folder=target,
        top=top,
        verilog=f"{block.top}.v",
        config=chosen,
        files={name: len(data) for name, data in files.items()},
        load_words=files[LOAD].count(b"\n") if LOAD in files else None,
    )


def _files(model: Engine[Any, Any], block: Hardware[Any], config: EngineConfig) -> dict[str, bytes]:
    """Return the files of an array without a network."""
    verilog = axi_verilog(block, config)
    return {
        f"{block.top}.v": verilog.encode(),
        STATES: states_header(verilog, axi_module(block)).encode(),
        f"{block.top}.f": f"{block.top}.v\n".encode(),
        f"{block.top}.h": c_header(model, config).encode(),
        CONFIG: _config_json(config).encode(),
        **bench_files(block),
    }


def _network_files(
    model: Engine[Any, Any],
    block: Hardware[Any],
    network: Network[Any, Any],
    inputs: FloatArray | None,
) -> dict[str, bytes]:
    """Return the files of a network."""
    return {
        ORDER: order_json(network).encode(),
        **images(block, model.plan(network), model.memories(network.config)),
        **vector_files(block, network, golden_vectors(network, inputs)),
    }


def _stale(model: Engine[Any, Any], block: Hardware[Any], config: EngineConfig) -> list[str]:
    """Return patterns of an earlier network's files, which must not stay beside other Verilog."""
    memories = image_patterns(block, model.memories(config))
    written = [f"{VECTORS}*.hex", f"{VECTORS}*.txt", f"{BENCH}network.vh"]
    return [LOAD, TILES, ORDER, *memories, *written]


def _described(name: str, top: str, network: Network[Any, Any] | None) -> Iterator[tuple[str, str]]:
    """Return the files and their contents as the README tells them."""
    yield f"{name}.v", f"all modules; the top is `{top}`"
    yield f"{name}.f", "list of the Verilog files, for `-f` of a simulator"
    yield f"{name}.h", "C header: formats of packets and program, order of the counters"
    yield f"{top}_instance.v", "an instance to copy"
    yield f"{top}.core", "core of FuseSoC: `fusesoc --cores-root . run --target=lint " + top + "`"
    yield "component.xml", "IP-XACT: buses, ports and registers; an IP of Vivado"
    yield f"{top}.rdl", "the registers in SystemRDL"
    yield f"{top}.sdc", "timing constraints; the same as `.xdc` for Vivado"
    yield "driver/zskip.h", "the C driver, and `zskip.c`: C99, no allocation, no dependency"
    yield "driver/zskip_registers.h", "C header of the register map and the error codes"
    yield "driver/driver_test.cpp", "the driver on the RTL in Verilator: `make driver`"
    yield "litex/zskip_litex.py", "the block in LiteX; `soc.py` is a system with it, and its bench"
    yield "bench/registers.vh", "the register map as macros of Verilog"
    yield STATES, "the states of the block in letters, for waveforms of the test bench"
    yield f"{name}.vlt", "lint waivers for Verilator, each with its reason"
    yield BOOT, "loads the network of `load.hex` from a ROM behind each reset; optional"
    yield "waves/*.svg", "waveforms of load, start, run, abort and errors; `.json` for WaveDrom"
    yield CONFIG, "configuration of the array"
    yield (
        "Makefile",
        "`make test`, `make run INPUT=FILE`, `make driver`, `make lint`; its head says what else",
    )
    yield "bench/zskip_tb.v", "test bench for Icarus and Verilator"
    if network is not None:
        yield LOAD, "load stream of the network: one 64-bit word a line, hexadecimal"
        if network.config.streams_weights:
            yield TILES, "load stream behind the start of each run: the tiles of all layers"
        yield ORDER, "which input stands where in an input vector, which output in the results"
        yield "images/*.hex", "contents of each memory, for `$readmemh`"
        yield "bench/network.vh", "sizes and scales of the network, for the test bench"
        yield "vectors/inputs.txt", "golden vectors: real inputs, a vector a line"
        yield "vectors/outputs.txt", "outputs of the golden model for them, real numbers"
        yield "vectors/inputs.hex", "the same inputs as load packets"
        yield "vectors/outputs.hex", "every word of their results"
        yield "vectors/trace.hex", "load packets that let every layer send outputs and counters"
        yield "vectors/layers.hex", "every word of the results behind these packets"
        yield "vectors/cycles.hex", "cycles of all passes together, of each vector"
        yield "vectors/gather.hex", "`inputs` of the file of the order, for the test bench"
        yield "vectors/rows.hex", "`outputs` of it"


def _config_json(config: EngineConfig) -> str:
    """Return the configuration as a JSON document."""
    document = {
        "zskip": VERSION,
        "engine": config.ENGINE,
        "configuration": asdict(config),
    }
    return json.dumps(document, indent=2) + "\n"
