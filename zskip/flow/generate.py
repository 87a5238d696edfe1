"""Generate: the Verilog of an array, what a driver needs, and the memory images of a network."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path

import zskip
from zskip.files.atomic import check_folder, write_folder
from zskip.files.eie.c_header import c_header
from zskip.files.eie.images import LOAD, images
from zskip.files.eie.order import ORDER, order_json
from zskip.files.eie.readme import readme
from zskip.files.network import load
from zskip.hw.common.block import block_signature
from zskip.hw.common.ports import module_ports
from zskip.hw.eie.array import EieArray
from zskip.hw.eie.verilog import TOP_MODULE, array_verilog
from zskip.model.common.errors import InputError
from zskip.model.eie.config import PAPER, Config
from zskip.model.eie.images import memories
from zskip.model.eie.network import Network
from zskip.model.eie.program import plan

VERILOG = f"{TOP_MODULE}.v"
FILE_LIST = f"{TOP_MODULE}.f"
HEADER = f"{TOP_MODULE}.h"
README = "README.md"
CONFIG = "config.json"

STALE = (
    LOAD,
    ORDER,
    *(re.sub(r"pe\d+", "pe[0-9][0-9][0-9]", memory.image()) for memory in memories(PAPER)),
)
"""Files of an earlier network, which must not stay beside the Verilog of another one."""


@dataclass(frozen=True, kw_only=True)
class Generated:
    """A folder of Verilog.

    Parameters
    ----------
    folder : pathlib.Path
        Where it is.
    top : str
        Verilog module at the top.
    config : Config
        The array.
    files : dict of str to int
        Bytes of each file, by path inside the folder.
    load_words : int or None
        Words of the load stream of the network, if one was given.
    """

    folder: Path
    top: str
    config: Config
    files: dict[str, int]
    load_words: int | None


def generate(
    folder: str | PathLike[str],
    *,
    network: str | PathLike[str] | None = None,
    config: Config | None = None,
    force: bool = False,
) -> Generated:
    """Write the Verilog of an array, and what belongs to it.

    Parameters
    ----------
    folder : path
        Folder to write; it must be new or empty.
    network : path, optional
        Compressed network file: its configuration is taken, and its memory images are added.
    config : Config, optional
        The array, where no network is given; the paper's by default.
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
    loaded = None if network is None else load(Path(network))
    chosen = loaded.config if loaded is not None else config or PAPER
    files = _files(chosen, loaded)
    write_folder(target, files, overwrite=force, stale=STALE)
    return Generated(
        folder=target,
        top=TOP_MODULE,
        config=chosen,
        files={name: len(data) for name, data in files.items()},
        load_words=files[LOAD].count(b"\n") if LOAD in files else None,
    )


def _files(config: Config, network: Network | None) -> dict[str, bytes]:
    """Return the contents of every file."""
    memory = {}
    if network is not None:
        memory = {ORDER: order_json(network).encode(), **images(plan(network))}
    ports = module_ports(EieArray, block_signature())
    return {
        VERILOG: array_verilog(config).encode(),
        FILE_LIST: f"{VERILOG}\n".encode(),
        HEADER: c_header(config).encode(),
        README: readme(config, ports, _described(network), network).encode(),
        CONFIG: _config_json(config).encode(),
        **memory,
    }


def _described(network: Network | None) -> Iterator[tuple[str, str]]:
    """Return what the README says of the files."""
    yield VERILOG, f"all modules; the top is `{TOP_MODULE}`"
    yield FILE_LIST, "list of the Verilog files, for `-f` of a simulator"
    yield HEADER, "C header: formats of packets and program, error codes, order of the counters"
    yield CONFIG, "configuration of the array"
    if network is not None:
        yield LOAD, "load stream of the network: one 64-bit word a line, hexadecimal"
        yield ORDER, "which input stands where in an input vector, which output in the results"
        yield "images/*.hex", "contents of each memory, for `$readmemh`"


def _config_json(config: Config) -> str:
    """Return the configuration as a JSON document."""
    document = {"zskip": zskip.__version__, "engine": "eie", "configuration": asdict(config)}
    return json.dumps(document, indent=2) + "\n"
