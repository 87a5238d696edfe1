"""Weights in a file of ``torch.save``: a ``state_dict``, a checkpoint with one, or a Sequential.

The bytes are checked before PyTorch sees them: the pickle by `pytorch_pickle`, the archive by what
it declares. What PyTorch loads is a copy of what was checked.
"""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from zskip.files.formats.guard import check_growth, damaged, decoding, naming, need, quoted
from zskip.files.formats.pytorch_legacy import holds_modules, load_modules
from zskip.files.formats.pytorch_modules import Module, module_layers, module_tensors, stand_ins
from zskip.files.formats.pytorch_pickle import KIND, check_pickle
from zskip.files.formats.source import SourceLayers
from zskip.files.formats.state import layers_by_name
from zskip.files.formats.tensors import Tensor
from zskip.model.common.errors import InputError
from zskip.model.common.float_network import check_float_network

ZIP_MAGIC = b"PK\x03\x04"
LEGACY_MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""First bytes of a file of PyTorch 1.5 or older: a pickle of its magic number."""

LEGACY_PICKLES = 5
"""Magic number, version, kind of machine, the object, and the keys of what follows."""

STATE_KEYS = ("state_dict", "model_state_dict", "model")
"""Where checkpoints keep the weights; what stands beside them is left alone."""


def read(path: Path) -> SourceLayers:
    """Read the layers in the order of the dictionary, or of the modules.

    Of a dictionary, every layer but the last is taken to end in ReLU. A layer without a bias gets
    one of zeros. Masks of ``torch.nn.utils.prune`` are applied, and weights without their zeros
    filled up (`packed`).

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    SourceLayers
        Of float32.

    Raises
    ------
    InputError
        The file cannot be read, is damaged, could run code, or holds something else than such a
        network; or PyTorch is not installed.
    """
    with naming(path) as size:
        check_growth(size, size)
        with path.open("rb") as file:
            checked = _checked(file, size)
        torch = need("torch", "train")
        with decoding(KIND), stand_ins(torch):
            legacy = checked.getvalue().startswith(LEGACY_MAGIC) and holds_modules(checked)
            if legacy:
                contents = load_modules(torch, checked)
            else:
                contents = torch.load(checked, map_location="cpu", weights_only=True)
        if isinstance(contents, Module):
            tensors = _tensors(torch, module_tensors(contents), size)
            layers = module_layers(contents, tensors)
        else:
            layers = layers_by_name(_tensors(torch, _state(contents), size))
        check_float_network(layers)
    return layers


def _checked(file: IO[bytes], size: int) -> BytesIO:
    """Check a file, and return its contents for PyTorch to load."""
    magic = file.read(len(LEGACY_MAGIC))
    file.seek(0)
    if magic.startswith(ZIP_MAGIC):
        return _checked_archive(file, size)
    if magic != LEGACY_MAGIC:
        raise InputError(
            "must be a PyTorch file, but does not begin like one: write it with torch.save"
        )
    copy = BytesIO(file.read())
    for _ in range(LEGACY_PICKLES):
        check_pickle(copy)
    copy.seek(0)
    return copy


def _checked_archive(file: IO[bytes], size: int) -> BytesIO:
    """Check an archive, and return a copy without what PyTorch need not see."""
    copy = BytesIO()
    with decoding(KIND), zipfile.ZipFile(file) as archive, zipfile.ZipFile(copy, "w") as target:
        for name, member in _members(archive, size).items():
            contents = archive.read(member)
            if name == "data.pkl":
                check_pickle(BytesIO(contents))
            target.writestr(f"archive/{name}", contents)
    copy.seek(0)
    return copy


def _members(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """Return the members that matter by their names below the folder they are all in."""
    members: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = info.filename.partition("/")[2]
        if name.startswith("code/") or name == "constants.pkl":
            raise InputError(
                "must hold weights alone, but holds a TorchScript program: save "
                "model.state_dict() with torch.save"
            )
        if name.endswith("serialized_exported_program.json") or name == "archive_format":
            raise InputError(
                "must hold weights alone, but holds a program of torch.export: save "
                "model.state_dict() with torch.save, or export ONNX"
            )
        if info.compress_type != zipfile.ZIP_STORED or name in members:
            raise damaged(KIND, f"{quoted(info.filename)} is compressed or there twice")
        if name in ("data.pkl", "byteorder", "version") or name.startswith("data/"):
            members[name] = info
    if "data.pkl" not in members:
        raise damaged(KIND, "its archive has no data.pkl")
    if sum(info.file_size for info in members.values()) > size:
        raise damaged(KIND, "its archive declares more bytes than there are")
    return members


def _state(contents: object) -> Mapping[Any, Any]:
    """Find the weights in what was loaded."""
    for key in STATE_KEYS:
        if isinstance(contents, dict) and isinstance(contents.get(key), dict):
            contents = contents[key]
    if not isinstance(contents, dict):
        raise InputError(
            f"must hold a state_dict, not one {type(contents).__name__}: save model.state_dict() "
            "with torch.save"
        )
    return contents


def _tensors(torch: Any, state: Mapping[Any, Any], size: int) -> dict[str, Tensor]:
    """Check the tensors, and make arrays of them."""
    tensors: dict[str, Any] = {}
    for name, tensor in state.items():
        if not isinstance(name, str) or not isinstance(tensor, torch.Tensor):
            what = quoted(name) if isinstance(name, str) else "a key"
            raise InputError(
                f"must hold tensors by name only, but {what} is of type "
                f"{type(tensor if isinstance(name, str) else name).__name__}: "
                "save model.state_dict() alone"
            )
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise damaged(KIND, f"tensor {quoted(name)} is larger than its data")
        tensors[name] = tensor
    storages = {t.untyped_storage().data_ptr(): t.untyped_storage() for t in tensors.values()}
    if sum(storage.nbytes() for storage in storages.values()) > size:
        raise damaged(KIND, "its tensors are larger than the file")
    check_growth(sum(4 * tensor.numel() for tensor in tensors.values()), size)
    return {name: _array(torch, tensor) for name, tensor in tensors.items()}


def _array(torch: Any, tensor: Any) -> Tensor:
    """Make an array of a tensor."""
    wide = tensor.float() if tensor.dtype == torch.bfloat16 else tensor
    return wide.detach().resolve_conj().resolve_neg().numpy()
