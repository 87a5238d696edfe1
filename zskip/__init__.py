"""From a trained, pruned neural network to verified Verilog of a zero-skipping accelerator.

Attributes
----------
__version__ : str
    Version of the installed package; empty when the package is used without being installed. Its
    one home is ``pyproject.toml``.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("zskip")
except PackageNotFoundError:
    __version__ = ""
