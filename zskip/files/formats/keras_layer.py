"""A layer as the architecture of a Keras model tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zskip.files.formats.guard import quoted


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """A layer of a model.

    Attributes
    ----------
    kind : str
        Its class in Keras.
    name : str
        Its name.
    settings : mapping from str to JSON value
        Its configuration.
    """

    kind: str
    name: str
    settings: Mapping[str, Any]

    def __str__(self) -> str:
        return f"layer {quoted(self.name)} ({self.kind})"
