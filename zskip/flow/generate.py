"""Generate: the Verilog of a block, files for its driver, and the memory images of a network."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zskip.engines import DEFAULT, hardware
from zskip.engines import engine as find_engine
from zskip.files.atomic import check_folder, write_folder
from zskip.files.drop.c_header import c_header
from zskip.files.drop.images import LOAD, images
from zskip.files.drop.order import ORDER, order_json
from zskip.files.drop.readme import readme
from zskip.flow.choices import AnyConfig, given_config
from zskip.flow.given import AnyNetwork, AnyPath, given_network
from zskip.flow.report import Report, Row
from zskip.hw.common.block import Block, block_signature
from zskip.hw.common.engine import Hardware
from zskip.hw.common.ports import module_ports
from zskip.model.common.config import EngineConfig
from zskip.model.common.engine import Engine
from zskip.model.common.errors import InputError
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
    config : EngineConfig
        The hardware.
    files : dict of str to int
        Bytes of each file, by path inside the folder.
    load_words : int or None
        Words of the load stream of the network, if one was given.
    """

    folder: Path
    top: str
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
    force : bool
        Write into a folder that holds files, and replace those of the same names.

    Returns
    -------
    Generated

    Raises
    ------
    InputError
        The folder cannot be written, the network file is refused, or both a network and a
        configuration are given.
    """
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
    files = _files(model, block, chosen, loaded)
    write_folder(target, files, overwrite=force, stale=_stale(model, chosen))
    return Generated(
        folder=target,
        top=block.top,
        config=chosen,
        files={name: len(data) for name, data in files.items()},
        load_words=files[LOAD].count(b"\n") if LOAD in files else None,
    )


def _files(
    model: Engine[Any, Any],
    block: Hardware[Any],
    config: EngineConfig,
    network: Network[Any, Any] | None,
) -> dict[str, bytes]:
    """Return the contents of every file."""
    memory = {}
    if network is not None:
        program = model.plan(network)
        memory = {
            ORDER: order_json(network).encode(),
            **images(program, model.memories(config)),
        }
    ports = module_ports(Block, block_signature())
    described = _described(block.top, network)
    return {
        f"{block.top}.v": block.verilog(config).encode(),
        f"{block.top}.f": f"{block.top}.v\n".encode(),
        f"{block.top}.h": c_header(model, config).encode(),
        README: readme(model, config, ports, described, network).encode(),
        CONFIG: _config_json(config).encode(),
        **memory,
    }


def _stale(model: Engine[Any, Any], config: EngineConfig) -> list[str]:
    """Return patterns of an earlier network's files, which must not stay beside other Verilog."""
    images_of = (memory.image() for memory in model.memories(config))
    return [LOAD, ORDER, *(re.sub(r"pe\d+", "pe[0-9][0-9][0-9]", image) for image in images_of)]


def _described(top: str, network: Network[Any, Any] | None) -> Iterator[tuple[str, str]]:
    """Return the files and their contents as the README tells them."""
    yield f"{top}.v", f"all modules; the top is `{top}`"
    yield f"{top}.f", "list of the Verilog files, for `-f` of a simulator"
    yield f"{top}.h", "C header: formats of packets and program, error codes, order of the counters"
    yield CONFIG, "configuration of the array"
    if network is not None:
        yield LOAD, "load stream of the network: one 64-bit word a line, hexadecimal"
        yield ORDER, "which input stands where in an input vector, which output in the results"
        yield "images/*.hex", "contents of each memory, for `$readmemh`"


def _config_json(config: EngineConfig) -> str:
    """Return the configuration as a JSON document."""
    document = {
        "zskip": VERSION,
        "engine": config.ENGINE,
        "configuration": asdict(config),
    }
    return json.dumps(document, indent=2) + "\n"
