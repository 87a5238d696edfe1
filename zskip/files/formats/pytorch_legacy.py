"""Loading modules from files of PyTorch 1.5 or older, which its own restricted loader refuses.

There, modules are in the pickle with their source beside them. The loader here finds plain objects
in place of modules, and nothing but what `pytorch_pickle` lets pass.
"""

import pickle
from io import BytesIO
from types import SimpleNamespace
from typing import IO, Any

from zskip.files.formats.pytorch_modules import BACKEND, KINDS, PACKAGE, no_backend
from zskip.files.formats.pytorch_pickle import GLOBALS
from zskip.model.common.errors import InputError


class Restricted(pickle.Unpickler):
    """Finds what `GLOBALS` names, and stand-ins for modules."""

    def find_class(self, module: str, name: str, /) -> Any:
        """Return what a pickle asks for."""
        known = f"{module} {name}"
        if known in KINDS:
            return KINDS[known]
        if known == BACKEND:
            return no_backend
        if known not in GLOBALS:
            raise InputError(f"must hold plain tensors only, but asks for {known}: save it again")
        return super().find_class(module, name)


def _load(file: IO[bytes], **settings: Any) -> Any:
    """Load one pickle."""
    return Restricted(file, **settings).load()


LOADER = SimpleNamespace(Unpickler=Restricted, load=_load, __name__="restricted pickle")
"""What PyTorch uses as its pickle module."""


def load_modules(torch: Any, checked: BytesIO) -> Any:
    """Load a file of modules.

    Parameters
    ----------
    torch : module
        PyTorch.
    checked : io.BytesIO
        The file, after `pytorch_pickle.check_pickle` let all its pickles pass.
    """
    return torch.load(checked, map_location="cpu", pickle_module=LOADER, weights_only=False)


def holds_modules(checked: BytesIO) -> bool:
    """Tell whether a file names modules.

    Parameters
    ----------
    checked : io.BytesIO
        The file.
    """
    return f"c{PACKAGE}.".encode() in checked.getvalue()
