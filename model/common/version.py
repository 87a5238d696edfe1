"""Version of the installed package."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("zskip")
except PackageNotFoundError:
    VERSION = ""
"""Empty where the package is used without being installed; ``pyproject.toml`` is its one home."""
