"""From a trained, pruned neural network to verified Verilog of a zero-skipping accelerator.

The functions of the verbs take paths or values; `config` makes a configuration by name, `engines`
lists the kinds of accelerator; `InputError` and `RunFailure` are what they raise.

Attributes
----------
__version__ : str
    Version of the installed package; empty when the package is used without being installed.
"""

import importlib
from typing import TYPE_CHECKING

from zskip.model.common.errors import InputError, RunFailure
from zskip.model.common.version import VERSION

if TYPE_CHECKING:
    from zskip import engines
    from zskip.flow.bench import bench
    from zskip.flow.choices import config
    from zskip.flow.compare import compare
    from zskip.flow.compare_shapes import compare_layers, density_map
    from zskip.flow.compress import compress
    from zskip.flow.demo import demo
    from zskip.flow.explore import explore
    from zskip.flow.fit import fit
    from zskip.flow.generate import generate
    from zskip.flow.sensitivity import sensitivity
    from zskip.flow.simulate import simulate
    from zskip.flow.synth import synthesize
    from zskip.flow.verify import verify

__all__ = [
    "InputError",
    "RunFailure",
    "bench",
    "compare",
    "compare_layers",
    "compress",
    "config",
    "demo",
    "density_map",
    "engines",
    "explore",
    "fit",
    "generate",
    "sensitivity",
    "simulate",
    "synthesize",
    "verify",
]

__version__ = VERSION

PLACES = {
    "config": "choices",
    "compare_layers": "compare_shapes",
    "density_map": "compare_shapes",
    "synthesize": "synth",
}
"""Modules in `zskip.flow` of the functions that are no verbs."""


def __getattr__(name: str) -> object:
    """Import the function of a verb when it is first used; ``zskip.flow.<verb>`` defines it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "engines":
        return importlib.import_module("zskip.engines")
    return getattr(importlib.import_module(f"zskip.flow.{PLACES.get(name, name)}"), name)


def __dir__() -> list[str]:
    """Return the public names, imported already or not."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
