"""The layout of the repository; oracle: the table `BANNED` and the files themselves."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROLES = ("hw", "model", "verif")
SKIPPED = {"__pycache__", "build", "dist"}

ABOVE = {"zskip.files", "zskip.flow", "zskip.cli"}

# What the modules below a folder must not import: model <- hw <- verif, then zskip/files <-
# zskip/flow <- zskip/cli on top.
BANNED = {
    "model": {"amaranth", "cocotb", "click", "rich", "zskip.hw", "zskip.verif", *ABOVE},
    "hw": {"cocotb", "click", "rich", "zskip.verif", *ABOVE},
    "verif": ABOVE,
    "zskip/files": {"cocotb", "click", "rich", "zskip.verif", "zskip.flow", "zskip.cli"},
    "zskip/flow": {"cocotb", "click", "rich", "zskip.cli"},
    "zskip/cli": set(),
    "tests": set(),
    "examples": set(),
}


def files(folder: Path) -> Iterator[Path]:
    """Every file below a folder that belongs to the repository, links not followed."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name in SKIPPED or path.suffix == ".egg-info":
            continue
        if path.is_dir():
            if not path.name.startswith(".") or path.name == ".ci":
                yield from files(path)
        else:
            yield path


def imports(path: Path) -> Iterator[str]:
    """Every dotted name that a Python file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("folder", BANNED)
def test_imports_go_one_way(folder: str) -> None:
    banned = BANNED[folder] | set(ROLES)
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files(ROOT / folder)
        if path.suffix == ".py"
        for name in imports(path)
        if any(f"{name}.".startswith(f"{prefix}.") for prefix in banned)
    ]
    assert wrong == []


def test_engines_do_not_import_each_other() -> None:
    wrong = []
    for role in ROLES:
        engines = {path.name for path in (ROOT / role).iterdir() if path.is_dir()} - SKIPPED
        for engine in engines - {"common"}:
            strangers = [f"zskip.{r}.{e}." for r in ROLES for e in engines - {"common", engine}]
            wrong += [
                f"{path.relative_to(ROOT)} imports {name}"
                for path in files(ROOT / role / engine)
                if path.suffix == ".py"
                for name in imports(path)
                if f"{name}.".startswith(tuple(strangers))
            ]
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_the_package_links_to_its_folders(role: str) -> None:
    link = ROOT / "zskip" / role
    assert link.is_symlink()
    assert link.readlink() == Path("..", role)


def test_git_tracks_the_links_as_links() -> None:
    run = subprocess.run(
        ["git", "ls-files", "--stage", "zskip"],
        capture_output=True,
        check=False,
        cwd=ROOT,
        text=True,
    )
    modes = {line.split("\t")[1]: line.split()[0] for line in run.stdout.splitlines()}
    tracked = {path: mode for path, mode in modes.items() if path.split("/")[1] in ROLES}
    # Nothing is tracked in a copy without history; what is tracked must be a link.
    assert set(tracked.values()) <= {"120000"}
    assert set(tracked) <= {f"zskip/{role}" for role in ROLES}


def test_no_file_names_a_path_of_one_machine() -> None:
    pattern = re.compile(rb"(?<![\w.}$*/-])/(?:home|root|Users|work)/[\w.]")
    found = [
        str(path.relative_to(ROOT)) for path in files(ROOT) if pattern.search(path.read_bytes())
    ]
    assert found == []


def requirements(named: dict[str, list[str]], group: str) -> Iterator[str]:
    """Every package that an extra or group names, by way of the project's own extras too."""
    for item in named[group]:
        own = re.fullmatch(r"zskip\[(.+)\]", item)
        if own is None:
            yield item
            continue
        for extra in own[1].split(","):
            yield from requirements(named, extra)


@pytest.mark.parametrize(
    ("lock", "groups"), [("demo", ["build"]), ("test", ["build", "test", "lint"])]
)
def test_locks_hold_what_is_declared_and_no_host(lock: str, groups: list[str]) -> None:
    text = (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = declared["project"]["optional-dependencies"] | declared["dependency-groups"]
    wanted = declared["project"]["dependencies"] + [
        item for group in groups for item in requirements(named, group)
    ]
    locked = set(re.findall(r"^([\w.-]+)==", text, flags=re.MULTILINE))
    assert {re.split(r"[\[<>=]", item)[0] for item in wanted} <= locked
    assert {item for item in wanted if "==" in item and "[" not in item} <= set(
        re.findall(r"^[\w.-]+==[\w.]+", text, flags=re.MULTILINE)
    )
    assert "://" not in text
    assert "torch" not in locked


def test_tests_have_no_packages() -> None:
    assert [path for path in files(ROOT / "tests") if path.name == "__init__.py"] == []


def test_every_folder_of_modules_is_a_package() -> None:
    missing = {
        str(path.parent.relative_to(ROOT))
        for role in ROLES
        for path in files(ROOT / role)
        if path.suffix == ".py" and not (path.parent / "__init__.py").exists()
    }
    assert missing == set()


TWINS = {"array": "accelerator", "lnzd_node": "lnzd", "lnzd_tree": "lnzd"}
"""Units of EIE whose model has another name."""

NO_TWIN = {
    "emitter": "it sends packets, whose format `model/common/stream.py` gives",
    "loader": "it takes packets, which `model/eie/program.py` makes",
    "pe/counters": "it adds up events, whose sums the model gives without them",
}
"""Units of EIE that have no model of their own, and why."""

NOT_UNITS = {"__init__", "interfaces", "pe/__init__", "verilog"}


def hardware_units() -> set[str]:
    """Every unit of EIE's hardware, by its path."""
    folder = ROOT / "hw" / "eie"
    paths = {str(path.relative_to(folder).with_suffix("")) for path in folder.rglob("*.py")}
    return paths - NOT_UNITS


def reached(module: str, inside: tuple[str, ...]) -> set[str]:
    """Every module of some packages that a module imports, itself or by way of these."""
    found, waiting = set[str](), [module]
    while waiting:
        path = (ROOT / waiting.pop().removeprefix("zskip.").replace(".", "/")).with_suffix(".py")
        if not path.is_file():
            # The name of a class or function behind that of its module.
            continue
        named = {name for name in imports(path) if name.startswith(inside)}
        named |= {name.rpartition(".")[0] for name in named}
        waiting += named - found
        found |= named
    return found


def test_every_unit_has_a_model_or_a_reason_for_none() -> None:
    units = hardware_units()
    modelled = {
        unit for unit in units if (ROOT / "model/eie" / f"{TWINS.get(unit, unit)}.py").is_file()
    }
    assert units - modelled == set(NO_TWIN)
    assert set(TWINS) <= modelled


def test_benches_of_a_pe_take_its_model_as_oracle() -> None:
    without = {
        unit
        for unit in hardware_units() - set(NO_TWIN)
        if unit.startswith("pe/")
        and f"zskip.model.eie.{unit.replace('/', '.')}"
        not in reached(
            f"zskip.verif.eie.tb_{unit.removeprefix('pe/')}",
            ("zskip.verif.eie", "zskip.model.eie.pe"),
        )
    }
    assert without == set()
