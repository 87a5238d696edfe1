"""Fixtures that tests of files share."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from zskip.files.network import to_bytes
from zskip.model.common.network import Network

Manifest = dict[str, Any]


@pytest.fixture(scope="session")
def rewritten() -> Callable[..., bytes]:
    """Take the file of a network apart, change it, and seal it again."""

    def rewrite(
        network: Network[Any, Any],
        change_manifest: Callable[[Manifest], object] = lambda manifest: None,
        change_arrays: Callable[[dict[str, Any]], object] = lambda arrays: None,
        *,
        huffman: bool = False,
    ) -> bytes:
        """Return the changed file; the changes are made to the manifest and the arrays in place."""
        with np.load(io.BytesIO(to_bytes(network, huffman=huffman))) as archive:
            members = {name: archive[name] for name in archive}
        manifest = json.loads(members.pop("manifest.json"))
        change_manifest(manifest)
        change_arrays(members)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("manifest.json", json.dumps(manifest))
            for name, array in members.items():
                data = io.BytesIO()
                np.save(data, array, allow_pickle=True)
                archive.writestr(f"{name}.npy", data.getvalue())
            archive.comment = bytes(64 + len("zskip-network sha256 "))
        body = buffer.getvalue()[: -64 - len("zskip-network sha256 ")]
        return body + b"zskip-network sha256 " + hashlib.sha256(body).hexdigest().encode()

    return rewrite
