"""A look at the bytes of an ONNX file before they become objects.

An empty message takes two bytes in a file but about two hundred in memory, so what a file unfolds
to is counted first.
"""

from typing import Any

from zskip.files.formats.guard import damaged
from zskip.model.common.errors import InputError

KIND = "ONNX file"
MAX_FIELDS = 100_000
"""Limit of the fields of all messages together; the values of a tensor are one field."""

MAX_DIMENSIONS = 8
"""Limit of the axes of a tensor."""

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
FIXED_SIZES = {FIXED64: 8, FIXED32: 4}
VARINT_BYTES = 10


def check_fields(data: bytes, message: Any) -> None:
    """Check that a message holds a bearable number of fields.

    Parameters
    ----------
    data : bytes
        The message as it stands in the file.
    message : google.protobuf.descriptor.Descriptor
        Its type.

    Raises
    ------
    InputError
        The bytes are damaged, a text is not in UTF-8, or there are more than `MAX_FIELDS`.
    """
    count = 0
    todo = [(0, len(data), message)]
    while todo:
        position, end, type_ = todo.pop()
        while position < end:
            count += 1
            if count > MAX_FIELDS:
                raise InputError(
                    f"must hold at most {MAX_FIELDS:,} nodes, attributes and other fields: keep "
                    "the values of tensors in raw_data"
                )
            position, start, number = _field(data, position, end)
            field = type_.fields_by_number.get(number)
            if start is None or field is None:
                continue
            if field.message_type is not None:
                todo.append((start, position, field.message_type))
            elif field.type == field.TYPE_STRING:
                _check_text(data[start:position])


def _field(data: bytes, position: int, end: int) -> tuple[int, int | None, int]:
    """Return the end of a field, the start of its bytes if it has any, and its number."""
    key, position = _varint(data, position, end)
    kind = key & 7
    start = None
    if kind == VARINT:
        _, position = _varint(data, position, end)
    elif kind == BYTES:
        length, start = _varint(data, position, end)
        position = start + length
    elif kind in FIXED_SIZES:
        position += FIXED_SIZES[kind]
    else:
        raise damaged(KIND, "a field is of no kind that there is")
    if position > end:
        raise damaged(KIND, "a field goes beyond the end")
    return position, start, key >> 3


def _check_text(data: bytes) -> None:
    """Check a text, which the library would else hand out as bytes."""
    try:
        data.decode()
    except UnicodeDecodeError:
        raise damaged(KIND, "a text is not in UTF-8") from None


def _varint(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Return a number of variable length and the position behind it."""
    value = 0
    for index, byte in enumerate(data[position : min(position + VARINT_BYTES, end)]):
        value |= (byte & 127) << (7 * index)
        if byte < 128:
            return value, position + index + 1
    raise damaged(KIND, "a number does not end")
