"""The look at pickles before they are executed; oracle: what each program here does."""

import pickle
from collections import OrderedDict
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from zskip.files.formats.pytorch_pickle import check_pickle
from zskip.model.common.errors import InputError

START = b"\x80\x02"
ORDERED_DICT = b"ccollections\nOrderedDict\n"
SET = b"c__builtin__\nset\n"
TENSOR = (
    b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
    b"X\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x06tQK\x00K\x02K\x03\x86K\x03K\x01\x86\x89"
    + ORDERED_DICT
    + b")RtR"
)
"""``_rebuild_tensor_v2(storage, 0, (2, 3), (3, 1), False, OrderedDict())``."""


class Evil:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def message(data: bytes) -> str:
    """Check a pickle that must be refused; return the message."""
    with pytest.raises(InputError) as caught:
        check_pickle(BytesIO(data))
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_a_state_dict_passes() -> None:
    program = START + ORDERED_DICT + b")Rq\x01(X\x09\x00\x00\x00fc.weight" + TENSOR + b"u."
    stream = BytesIO(program + b"rest")
    check_pickle(stream)
    assert stream.read() == b"rest"


def test_an_empty_set_passes() -> None:
    check_pickle(BytesIO(START + SET + b"]q\x01\x85q\x02Rq\x03."))


def test_plain_data_pass() -> None:
    state = OrderedDict(a=1, b=[1.5, None, True], c={"d": (1, (2, 3))}, e=2**70, f="\u00fc")
    check_pickle(BytesIO(pickle.dumps(state, protocol=2)))


@pytest.mark.parametrize("protocol", range(6))
def test_code_is_named_and_not_executed(tmp_path: Path, protocol: int) -> None:
    path = tmp_path / "touched"
    given = message(pickle.dumps({"fc.weight": Evil(path)}, protocol=protocol))
    assert "not executed" in given
    assert not path.exists()


def test_the_function_is_named() -> None:
    assert message(START + b"cos\nsystem\n(X\x02\x00\x00\x00lstR.") == (
        "must hold plain tensors only, but asks for 'os.system', which could run code and was not "
        "executed: save model.state_dict() alone"
    )


@pytest.mark.parametrize(
    "name",
    [
        b"builtins\neval",
        b"__builtin__\neval",
        b"torch\nload",
        b"torch\nTensor",
        b"torch.nn\nLinear",
        b"_codecs\nencode",
        b"torch._utils\n_rebuild_tensor_v2.__globals__",
        b"collections\nOrderedDict\x1b[0m",
    ],
)
def test_only_known_functions_pass(name: bytes) -> None:
    assert "which could run code" in message(START + b"c" + name + b"\n.")


def test_modules_of_another_kind_are_named() -> None:
    assert message(START + b"ctorch.nn.modules.conv\nConv2d\n.") == (
        "must hold fully connected layers only, not modules of class 'Conv2d': save those behind "
        "it, or export ONNX"
    )


def test_other_instructions() -> None:
    assert message(START + b"(ios\nsystem\n.") == (
        "must be as torch.save writes it, but its pickle uses INST, which was not executed: save "
        "model.state_dict() with torch.save"
    )
    for program in (b"\x80\x04N.", START + b"(cos\nsystem\no.", START + b"\x82\x01."):
        assert "which" in message(program)


@pytest.mark.parametrize(
    "program",
    [
        b"",
        START,
        START + b"}",
        START + b"X\xff\xff\xff\xffabc",
        START + b"X\x02\x00\x00\x00\xff\xff.",
        START + b"\xff.",
        START + b".",
        START + b"q\x00.",
        START + b"h\x05.",
        START + b"u.",
        START + b"(R.",
        START + b"t.",
        START + b"(K\x00(\x86.",
        START + b"cno_newline",
        START + ORDERED_DICT + b"]\x85R.",
        START + SET + b"]K\x01a\x85R.",
        START + SET + b"]q\x01\x85q\x02" + SET + b"h\x02R.",
        START + SET + b"}b.",
        START + b"K\x00Q}b.",
    ],
)
def test_damaged(program: bytes) -> None:
    assert message(program) == (
        "must be a whole, undamaged PyTorch file, but: its pickle is damaged; write the file again"
    )


def test_nested_tuples_would_take_for_ever_to_hash() -> None:
    pairs = b")" + b"".join(b"q%ch%c\x86" % (level, level) for level in range(40))
    assert "must hold tuples of at most 1000 objects" in message(START + b"}" + pairs + b"K\x00s.")
    long = b"(" + b"K\x00" * 1001 + b"t."
    assert "must hold tuples of at most 1000 objects" in message(START + long)


def test_long_lists_and_dictionaries_pass() -> None:
    check_pickle(BytesIO(pickle.dumps([list(range(5000)), dict.fromkeys(range(5000))], 2)))
