"""From a trained, pruned neural network to verified Verilog of a zero-skipping accelerator.

Attributes
----------
__version__ : str
    Version of the installed package; empty when the package is used without being installed.
"""

import importlib
from typing import TYPE_CHECKING

from zskip.model.common.version import VERSION

if TYPE_CHECKING:
    from zskip.flow.bench import bench
    from zskip.flow.compress import compress
    from zskip.flow.demo import demo
    from zskip.flow.generate import generate
    from zskip.flow.sensitivity import sensitivity
    from zskip.flow.simulate import simulate
    from zskip.flow.sweep import sweep
    from zskip.flow.verify import verify

__all__ = ["bench", "compress", "demo", "generate", "sensitivity", "simulate", "sweep", "verify"]

__version__ = VERSION


def __getattr__(name: str) -> object:
    """Import the function of a verb when it is first used; ``zskip.flow.<verb>`` defines it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"zskip.flow.{name}"), name)
