"""A look at the pickle of a PyTorch file before anything executes it.

A pickle is a program: it names the functions it calls. Only programs that build dictionaries of
plain tensors pass; what else a program asks for is named, and never run.
"""

import pickletools
from io import BytesIO
from typing import NamedTuple

from zskip.files.formats.guard import damaged, quoted
from zskip.files.formats.pytorch_modules import BACKEND, NAMES, PACKAGE
from zskip.model.common.errors import InputError

KIND = "PyTorch file"
PROTOCOL = 2
MAX_OBJECTS = 1000
"""Limit of the objects in a tuple, with all that is in them; PyTorch needs a few dozen."""

ORDERED_DICT = "collections OrderedDict"
SET = "__builtin__ set"
EMPTY_TUPLE, EMPTY_LIST, NO_ITEMS = "EMPTY_TUPLE", "EMPTY_LIST", "a tuple of an empty list"
STORAGES = ("BFloat16", "Bool", "Byte", "Char", "Double", "Float", "Half", "Int", "Long", "Short")
GLOBALS = {
    ORDERED_DICT,
    SET,
    BACKEND,
    *NAMES,
    "torch device",
    "torch.nn.parameter Parameter",
    "torch._utils _rebuild_parameter",
    "torch._utils _rebuild_tensor",
    "torch._utils _rebuild_tensor_v2",
    *(f"torch {storage}Storage" for storage in STORAGES),
    *(f"torch {dtype}" for dtype in ("bfloat16", "bool", "float16", "float32", "float64")),
    *(f"torch {dtype}" for dtype in ("int16", "int32", "int64", "int8", "uint8")),
}
"""Functions and types that a pickle may ask for; they do no more than put data together.

In place of the modules of PyTorch there are plain objects (`pytorch_modules.stand_ins`).
"""

ADVICE = {
    "activation": "train the network with ReLU in its place",
    **dict.fromkeys(
        ("instancenorm", "normalization"),
        "train the network with BatchNorm1d in its place, which can be folded",
    ),
}
"""What to do about modules that are not read, by the files of PyTorch that they are in."""

QUANTIZED = (
    ".quantized.",
    "QInt",
    "QUInt",
    "ScriptObject",
    "_qtensor",
    "qint",
    "quint",
    "torch.per_",
)
"""What is in the names that a pickle of a quantized model asks for."""

OPCODES = frozenset(
    [
        "APPEND",
        "APPENDS",
        "BINFLOAT",
        "BINGET",
        "BININT",
        "BININT1",
        "BININT2",
        "BINPERSID",
        "BINPUT",
        "BINUNICODE",
        "BUILD",
        "EMPTY_DICT",
        "EMPTY_LIST",
        "EMPTY_TUPLE",
        "GLOBAL",
        "LONG1",
        "LONG_BINGET",
        "LONG_BINPUT",
        "MARK",
        "NEWFALSE",
        "NEWOBJ",
        "NEWTRUE",
        "NONE",
        "PROTO",
        "REDUCE",
        "SETITEM",
        "SETITEMS",
        "SHORT_BINSTRING",
        "STOP",
        "TUPLE",
        "TUPLE1",
        "TUPLE2",
        "TUPLE3",
    ]
)
"""Instructions that ``torch.save`` writes."""


def check_pickle(stream: BytesIO) -> None:
    """Check a pickle without executing it.

    Parameters
    ----------
    stream : io.BytesIO
        Stands at the first byte of the pickle; afterwards behind its last.

    Raises
    ------
    InputError
        The pickle is damaged, asks for anything that is not in `GLOBALS`, or builds more than
        the limits allow.
    """
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            _check_instruction(opcode, argument)
            machine.step(opcode, argument)
    except InputError:
        raise
    except (ValueError, LookupError):
        raise damaged(KIND, "its pickle is damaged") from None


def _check_instruction(opcode: pickletools.OpcodeInfo, argument: object) -> None:
    """Check that an instruction is one of those that PyTorch writes."""
    if opcode.name == "GLOBAL" and argument not in GLOBALS:
        name = str(argument).replace(" ", ".", 1)
        if any(mark in name for mark in QUANTIZED):
            raise InputError(
                f"must hold floats, but holds tensors of a quantized model ({quoted(name)}): save "
                "model.state_dict() before it is quantized, or export ONNX"
            )
        if name.startswith(f"{PACKAGE}."):
            raise InputError(
                "must hold fully connected layers only, not modules of class "
                f"{quoted(name.rpartition('.')[2])}: {_advice(name)}"
            )
        raise InputError(
            f"must hold plain tensors only, but asks for {quoted(name)}, which could run code "
            "and was not executed: save model.state_dict() alone"
        )
    if opcode.name not in OPCODES or (opcode.name == "PROTO" and argument != PROTOCOL):
        raise InputError(
            f"must be as torch.save writes it, but its pickle uses {opcode.name}, which was not "
            "executed: save model.state_dict() with torch.save"
        )


def _advice(name: str) -> str:
    """Return what to do about a class of modules by the file of PyTorch that it is in."""
    file, kind = name.rsplit(".", 2)[-2:]
    advice = "save those behind it, or export ONNX"
    return advice if kind == "MultiheadAttention" else ADVICE.get(file, advice)


class _Item(NamedTuple):
    """Stand-in of an object: how many objects it is made of, and its kind if that matters."""

    size: int = 1
    name: str = ""


ATOM = _Item()
"""A number, a text or the like."""


class _Machine:
    """Follows a pickle with sizes in place of objects.

    What is there twice counts twice, because that is what hashing costs: a few dozen nested pairs
    of the same object would take hours as the key of a dictionary. Lists and dictionaries count as
    one, because they cannot be hashed.
    """

    def __init__(self) -> None:
        self._stack: list[_Item | None] = []
        self._memo: dict[object, _Item] = {}

    def step(self, opcode: pickletools.OpcodeInfo, argument: object) -> None:
        """Follow one instruction; an IndexError or KeyError if it lacks its operands."""
        if opcode.name == "MARK":
            self._stack.append(None)
        elif opcode.name in ("BINPUT", "LONG_BINPUT"):
            item = self._pop()
            self._stack.append(item)
            # A list that is empty here may be filled through the memo.
            self._memo[argument] = ATOM if item.name in (EMPTY_LIST, NO_ITEMS) else item
        elif opcode.name in ("BINGET", "LONG_BINGET"):
            self._stack.append(self._memo[argument])
        elif opcode.name in ("GLOBAL", EMPTY_TUPLE, EMPTY_LIST):
            self._stack.append(_Item(name=str(argument or opcode.name)))
        elif opcode.stack_before:
            self._build(opcode)
        elif opcode.stack_after:
            self._stack.append(ATOM)

    def _pop(self) -> _Item:
        """Take the item on top of the stack, which must be no mark."""
        item = self._stack.pop()
        if item is None:
            raise IndexError
        return item

    def _build(self, opcode: pickletools.OpcodeInfo) -> None:
        """Replace the operands of an instruction by its result."""
        parts = []
        for operand in reversed(opcode.stack_before):
            if operand is pickletools.markobject:
                self._stack.pop()
            elif operand is pickletools.stackslice:
                while self._stack[-1] is not None:
                    parts.append(self._pop())
            else:
                parts.append(self._pop())
        size = 1 + sum(part.size for part in parts)
        if any(result.name in ("dict", "list") for result in opcode.stack_after):
            size = 1
        if size > MAX_OBJECTS:
            raise InputError(
                f"must hold tuples of at most {MAX_OBJECTS} objects, but its pickle builds a "
                "larger one: save model.state_dict() alone"
            )
        none = {ORDERED_DICT: EMPTY_TUPLE, SET: NO_ITEMS}
        if opcode.name == "REDUCE" and none.get(parts[1].name, parts[0].name) != parts[0].name:
            # Filling one from a list that the memo keeps, again and again, would take hours too.
            raise IndexError
        if opcode.name == "BUILD" and parts[1].name:
            # What a pickle asks for by name, here or through PyTorch, is not its own to change.
            raise IndexError
        empty = opcode.name == "TUPLE1" and parts[0].name == EMPTY_LIST
        name = NO_ITEMS if empty else opcode.name * (opcode.name == "BINPERSID")
        self._stack.extend(_Item(size, name) for _ in opcode.stack_after)
