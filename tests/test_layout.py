"""The layout of the repository; oracle: the table `BANNED` and the files themselves."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from zskip.engines import ENGINES

ROOT = Path(__file__).resolve().parents[1]
ROLES = ("hw", "model", "verif")
SKIPPED = {"__pycache__", "build", "dist"}

ABOVE = {"zskip.report", "zskip.flow", "zskip.cli"}

# What the modules below a folder must not import. That roles go one way and no module imports
# itself by way of others is checked on the graph of all imports.
BANNED = {
    "model": {"amaranth", "cocotb", "click", "rich"},
    "hw": {"cocotb", "click", "rich"},
    "verif": set(),
    "zskip/files": {"cocotb", "click", "rich", "zskip.verif", *ABOVE},
    "zskip/driver": {"amaranth", "click", "rich", *ABOVE},
    "zskip/exploration": {"cocotb", "click", "rich", "zskip.verif", *ABOVE},
    "zskip/report": {"cocotb", "click", "rich", "zskip.verif", "zskip.cli"},
    "zskip/synth": {"cocotb", "click", "rich", "zskip.cli"},
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


def module_name(path: Path) -> str:
    """Dotted name of a Python file of the package; that of a package for its ``__init__``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(parts if parts[0] == "zskip" else ("zskip", *parts))
    return name.removesuffix(".__init__")


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    """Modules that each module of the package imports, wherever in the file."""
    paths = {
        module_name(path): path
        for folder in (*ROLES, "zskip")
        for path in files(ROOT / folder)
        if path.suffix == ".py"
    }
    return {
        module: {
            # What is imported from a module need not be a module itself.
            name if name in paths else name.rpartition(".")[0]
            for name in imports(path)
            if name.split(".")[0] == "zskip"
        }
        for module, path in paths.items()
    }


def level(module: str) -> int:
    """Place of a module in model <- hw <- verif <- zskip."""
    role = ".".join(module.split(".")[:2])
    return {"zskip.model": 0, "zskip.hw": 1, "zskip.verif": 2}.get(role, 3)


def engine_of(module: str) -> str | None:
    """Engine in whose folder a module is."""
    return next((name for name in ENGINES if name in module.split(".")), None)


def test_every_import_is_of_a_module(graph: dict[str, set[str]]) -> None:
    assert {name for imported in graph.values() for name in imported} <= set(graph)


def test_arrows_between_roles(graph: dict[str, set[str]]) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, imported in graph.items()
        for name in imported
        if level(name) > level(module)
    ]
    assert wrong == []


def test_imports_go_in_no_circle(graph: dict[str, set[str]]) -> None:
    left = dict(graph)
    while True:
        # A module that imports nothing of those left, or that none of them imports, is in none.
        used = {name for imported in left.values() for name in imported}
        kept = {
            module: imported & set(left)
            for module, imported in left.items()
            if module in used and imported & set(left)
        }
        if len(kept) == len(left):
            break
        left = kept
    assert [f"{module} imports {name}" for module in left for name in left[module]] == []


def test_only_engines_know_engines(graph: dict[str, set[str]]) -> None:
    """An engine's folders import no other engine, and nothing else imports any of them."""
    wrong = [
        f"{module} imports {name}"
        for module, imported in graph.items()
        for name in imported
        if engine_of(name) not in (None, engine_of(module))
    ]
    assert wrong == []


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_common_names_no_engine(engine: str) -> None:
    folders = [ROOT / "zskip", *(ROOT / role / "common" for role in ROLES)]
    found = [
        str(path.relative_to(ROOT))
        for folder in folders
        for path in files(folder)
        if path.suffix == ".py" and engine_of(module_name(path)) != engine
        if re.search(rf"\b{engine}\b", path.read_text(encoding="utf-8"))
    ]
    assert found == ["zskip/engines.py"]


@pytest.mark.parametrize("engine", ENGINES)
def test_naming_an_engine_imports_no_other(engine: str) -> None:
    """Nor does it import the roles that are not asked for, or Amaranth."""
    code = f"import sys, zskip.engines\nzskip.engines.engine({engine!r})\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    modules = run.stdout.split()
    assert f"zskip.model.{engine}.engine" in modules
    assert {engine_of(module) for module in modules if module.startswith("zskip.")} == {
        None,
        engine,
    }
    assert [name for name in modules if name.startswith("zskip.") and level(name) in (1, 2)] == []
    assert "amaranth" not in modules


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


TWINS = {
    "array": "accelerator",
    "group_node": "lnzd",
    "lnzd_node": "lnzd",
    "lnzd_tree": "lnzd",
    "round_node": "lnzd",
    "pe/accumulator_banks": "pe/accumulators",
    "pe/lane_arithmetic": "pe/arithmetic",
}
"""Units of EIE whose model has another name."""

NO_TWIN = {
    "central_counters": "it adds up events, whose sums the models give without them",
    "pe/accumulator_bank": "it is a part of the accumulators in banks",
    "pe/block_builder": "it is a stage of the lane buffer",
    "pe/compaction": "it is a stage of the lane buffer",
    "pe/counters": "it adds up events, whose sums the models give without them",
    "pe/group_column": "it is a part of the grouped pointer read",
    "pe/paged_queue": "it is a part of the column queue",
    "pe/lane_window": "it is a stage of the lane buffer",
    "pe/read_out": "it moves words whose format `model/common/stream.py` gives",
    "pe/row_sums": "it is a stage of the lane buffer",
    "readout_node": "it moves the words of the read-out",
    "readout_tree": "it moves the words of the read-out",
}
"""Units of EIE that have no model of their own, and why; those of `hw/common` have none either:
loader, emitter and program memory move words whose formats `model/common/stream.py` gives, and
write-back is `model/common/fixed.py`."""

COMPONENTS = {"Block", "Component", "Queue", "RoundNode"}
"""Base classes of units."""


def hardware_units() -> set[str]:
    """Every module of EIE's hardware that has a component, by its path."""
    folder = ROOT / "hw" / "eie"
    return {
        str(path.relative_to(folder).with_suffix(""))
        for path in folder.rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
        and COMPONENTS & {ast.unparse(base).split(".")[-1] for base in node.bases}
    }


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
        and f"zskip.model.eie.{TWINS.get(unit, unit).replace('/', '.')}"
        not in reached(
            f"zskip.verif.eie.tb_{unit.removeprefix('pe/')}",
            ("zskip.verif.eie", "zskip.model.eie.pe"),
        )
    }
    assert without == set()
