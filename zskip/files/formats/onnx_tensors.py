"""Tensors of an ONNX file: in the file itself, or in one beside it."""

import math
from pathlib import Path
from typing import Any

from zskip.files.archive import open_file
from zskip.files.formats.guard import check_growth, damaged, decoding, quoted
from zskip.files.formats.onnx_wire import KIND, MAX_DIMENSIONS
from zskip.files.formats.tensors import Tensor
from zskip.model.common.errors import InputError

BITS = {
    "FLOAT": 32, "DOUBLE": 64, "FLOAT16": 16, "BFLOAT16": 16,
    "INT4": 4, "INT8": 8, "INT16": 16, "INT32": 32, "INT64": 64,
    "UINT4": 4, "UINT8": 8, "UINT16": 16, "UINT32": 32, "UINT64": 64,
}  # fmt: skip
"""Bits of a value of each type that is read."""

FIELDS = {"FLOAT": "float_data", "DOUBLE": "double_data", "INT64": "int64_data"}
FIELDS |= {"UINT32": "uint64_data", "UINT64": "uint64_data"}
DEFAULT_FIELD = "int32_data"
"""Where the values of each type are if they are not raw bytes."""

MAX_DIGITS = 18


class Tensors:
    """Decodes the tensors of a file, and counts what they take.

    Parameters
    ----------
    onnx : module
        The library.
    path : pathlib.Path
        The file; tensors may be in other files of its folder, but nowhere else.
    size : int
        Bytes of the file.
    """

    def __init__(self, onnx: Any, path: Path, size: int) -> None:
        self._onnx = onnx
        self._folder = path.parent
        self._size = size
        self._files: dict[Path, int] = {}
        self._taken = 0

    def take(self, bytes_: int) -> None:
        """Count bytes of arrays that are made of the file.

        Raises
        ------
        InputError
            They are more than such a file may give, all together.
        """
        self._taken += bytes_
        check_growth(self._taken, self._size + sum(self._files.values()))

    def decode(self, name: str, tensor: Any) -> Tensor:
        """Make an array of a tensor.

        Parameters
        ----------
        name : str
            Its name, for messages.
        tensor : onnx.TensorProto
            The tensor.

        Raises
        ------
        InputError
            It is of a type that is not read, its data do not have the declared size, or they are
            in a file that may not be read.
        """
        dtype = self._dtype(name, tensor)
        dims = tuple(tensor.dims)
        if len(dims) > MAX_DIMENSIONS or min(dims, default=0) < 0:
            raise damaged(KIND, f"tensor {quoted(name)} cannot be of shape {dims[:9]}")
        count = math.prod(dims)
        bytes_ = (count * BITS[dtype] + 7) // 8
        if tensor.data_location == self._onnx.TensorProto.EXTERNAL:
            raw = self._external(name, tensor, bytes_)
            tensor = self._onnx.TensorProto(dims=dims, data_type=tensor.data_type, raw_data=raw)
        given, expected = len(tensor.raw_data), bytes_
        if not tensor.HasField("raw_data"):
            given = len(getattr(tensor, FIELDS.get(dtype, DEFAULT_FIELD)))
            expected = bytes_ if BITS[dtype] < 8 else count
        if given != expected:
            raise damaged(
                KIND, f"tensor {quoted(name)} has {given:,} bytes or values, not {expected:,}"
            )
        self.take(bytes_)
        with decoding(KIND):
            return self._onnx.numpy_helper.to_array(tensor)

    def _dtype(self, name: str, tensor: Any) -> str:
        """Return the name of the type of the values."""
        types = self._onnx.TensorProto.DataType
        dtype = types.Name(tensor.data_type) if tensor.data_type in types.values() else "unknown"
        if dtype not in BITS:
            raise InputError(
                f"tensor {quoted(name)} must be of one of the types {', '.join(BITS)}, not "
                f"{dtype}: export the network in float32"
            )
        return dtype

    def _external(self, name: str, tensor: Any, bytes_: int) -> bytes:
        """Read the bytes of a tensor from a file in the folder of the model."""
        entries = {entry.key: entry.value for entry in tensor.external_data}
        path = self._inside(name, entries.get("location", ""))
        offset = self._number(name, entries.get("offset", "0"))
        length = self._number(name, entries.get("length", str(bytes_)))
        with open_file(path) as file:
            size = path.stat().st_size
            if length != bytes_ or offset + length > size:
                raise damaged(
                    KIND,
                    f"tensor {quoted(name)} of {bytes_:,} bytes is not at bytes {offset:,} to "
                    f"{offset + length:,} of {path}, which has {size:,}",
                )
            self._files[path] = size
            file.seek(offset)
            return file.read(length)

    def _inside(self, name: str, location: str) -> Path:
        """Return the path of a file beside the model; refuse any other place."""
        folder = self._folder.resolve()
        with decoding(KIND):
            path = (folder / location).resolve()
        if not location or not path.is_relative_to(folder):
            raise InputError(
                f"tensor {quoted(name)} must be in a file in the folder of the model, not in "
                f"{quoted(location)}: move that file beside the model, and no link to it"
            )
        return path

    def _number(self, name: str, text: str) -> int:
        """Return a number that a file gives as text."""
        if not (text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS):
            raise damaged(KIND, f"tensor {quoted(name)} is at {quoted(text)}, which is no number")
        return int(text)
