"""Fixtures that tests of files share."""

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from zskip.files.network import to_bytes
from zskip.files.packed import pack
from zskip.model.common.network import Network

Manifest = dict[str, Any]
Arrays = dict[str, Any]


def apart(network: Network[Any, Any], *, huffman: bool) -> tuple[Manifest, Arrays]:
    """Return manifest and arrays of the file of a network."""
    with np.load(io.BytesIO(to_bytes(network, huffman=huffman))) as archive:
        members = {name: archive[name] for name in archive}
    manifest = json.loads(members.pop("manifest.json"))
    if not huffman:
        return manifest, members
    data, arrays = members.pop("arrays.bin"), {}
    assert not members
    for name, (kind, *shape) in manifest.pop("arrays").items():
        size = math.prod(shape) * np.dtype(kind).itemsize
        arrays[name] = np.frombuffer(data[:size], kind).reshape(shape).copy()
        data = data[size:]
    assert not data
    return manifest, arrays


@pytest.fixture(scope="session")
def coded_arrays() -> Callable[[Network[Any, Any]], Arrays]:
    """Give the arrays of the Huffman coded file of a network."""
    return lambda network: apart(network, huffman=True)[1]


@pytest.fixture(scope="session")
def rewritten() -> Callable[..., bytes]:
    """Take the file of a network apart, change it, and seal it again."""

    def rewrite(
        network: Network[Any, Any],
        change_manifest: Callable[[Manifest], object] = lambda manifest: None,
        change_arrays: Callable[[Arrays], object] = lambda arrays: None,
        *,
        huffman: bool = False,
        change_packed: Callable[[Manifest], object] = lambda manifest: None,
    ) -> bytes:
        """Return the changed file; the changes are made to the manifest and the arrays in place.

        `change_packed` changes a manifest with its list of packed arrays.
        """
        manifest, members = apart(network, huffman=huffman)
        change_manifest(manifest)
        change_arrays(members)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            if huffman:
                manifest["arrays"], data = pack(members)
                change_packed(manifest)
                archive.writestr("arrays.bin", data)
                members = {}
            archive.writestr("manifest.json", json.dumps(manifest))
            for name, array in members.items():
                data = io.BytesIO()
                np.save(data, array, allow_pickle=True)
                archive.writestr(f"{name}.npy", data.getvalue())
            archive.comment = bytes(64 + len("zskip-network sha256 "))
        body = buffer.getvalue()[: -64 - len("zskip-network sha256 ")]
        return body + b"zskip-network sha256 " + hashlib.sha256(body).hexdigest().encode()

    return rewrite
