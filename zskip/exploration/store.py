"""The store of an exploration: a file for each point, named by all that its figures depend on."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from zskip.exploration.measure import COLUMNS, Figures
from zskip.exploration.points import Point
from zskip.exploration.workload import Workload
from zskip.files.atomic import check_folder, write_file
from zskip.model.common.version import VERSION

FORMAT = 1
"""Version of the files; others are computed anew."""


def content_key(point: Point, workload: Workload) -> str:
    """Return the SHA-256 of all that the figures of a point depend on.

    Parameters
    ----------
    point : Point
        The configuration.
    workload : Workload
        The workload.

    Returns
    -------
    str
        Of the version of zskip, the engine, every field, the fields that are not enlarged, the
        workload with its seed, and what is measured; in hexadecimal digits.
    """
    whole = {
        "format": FORMAT,
        "zskip": VERSION,
        "engine": point.config.ENGINE,
        "config": _fields(point),
        "keep": sorted(point.keep),
        "workload": workload.digest,
        "columns": [column.__name__ for column in COLUMNS],
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Store:
    """A folder of results.

    Parameters
    ----------
    folder : pathlib.Path
        The folder, there or not.

    Raises
    ------
    InputError
        It cannot be made or written.
    """

    folder: Path

    def __post_init__(self) -> None:
        check_folder(self.folder, overwrite=True)
        self.folder.mkdir(exist_ok=True)

    def get(self, key: str) -> Figures | None:
        """Return the figures of a point; None where they are not there or cannot be read."""
        try:
            return json.loads(self._path(key).read_text(encoding="utf-8"))["figures"]
        except (OSError, ValueError, KeyError, TypeError):
            # Whatever is wrong with a file, its point is computed and the file written anew.
            return None

    def put(self, key: str, point: Point, workload: Workload, figures: Figures) -> None:
        """Write the figures of a point, as a whole or not at all."""
        content = {
            "engine": point.config.ENGINE,
            "config": _fields(point),
            "workload": workload.name,
            "figures": figures,
        }
        write_file(self._path(key), (json.dumps(content, indent=1) + "\n").encode())

    def _path(self, key: str) -> Path:
        """Return the file of a point."""
        return self.folder / f"{key}.json"


def _fields(point: Point) -> dict[str, int]:
    """Return every field of a point's configuration."""
    return {name: getattr(point.config, name) for name in point.config.__dataclass_fields__}
