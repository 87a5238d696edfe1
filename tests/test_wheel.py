"""The wheel: all that is not code is in it, and the demonstration runs from it alone."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "zskip", "hw", "model", "verif", "examples")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the sources, as building leaves files beside them."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "sources"
    copy.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=ignore)
        else:
            shutil.copy(ROOT / name, copy)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(copy)]
    subprocess.run([*pip, *options], check=True)
    return next(folder.glob("*.whl"))


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    suffixes = {".py", ".v", ".vlt", ".j2", ".css", ".npz", ".csv"}
    wanted = {
        f"zskip/{path.relative_to(ROOT / folder)}"
        if folder == "zskip"
        else f"zskip/{path.relative_to(ROOT)}"
        for folder in ("zskip", "hw", "model", "verif", "examples")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in suffixes
    }
    assert wanted - inside == set()
    assert "zskip/examples/digits/README.md" in inside, "it holds the licence of the images"


@pytest.mark.slow
def test_the_demonstration_runs_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    zipfile.ZipFile(wheel).extractall(site)
    folder = tmp_path / "a folder"
    folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(site), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "zskip", "demo"]
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "every output and counter equals the golden model's" in run.stdout
    assert (folder / "zskip-demo" / "digits.npz").is_file()
