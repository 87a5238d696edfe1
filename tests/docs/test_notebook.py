"""The notebook: five cells of code, which run in a kernel of Jupyter."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "notebook.ipynb"


@pytest.fixture(scope="module")
def notebook() -> nbformat.NotebookNode:
    """The notebook as it is kept."""
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_is_kept_without_outputs(notebook: nbformat.NotebookNode) -> None:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(cells) == 5
    assert [cell for cell in cells if cell.outputs or cell.execution_count] == []


def test_it_runs(notebook: nbformat.NotebookNode, tmp_path: Path) -> None:
    """Its reports show a table in HTML and one line as text, and the outputs of the RTL."""
    run = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    cells = [cell for cell in run.execute().cells if cell.cell_type == "code"]
    for cell, name in zip(cells[1:3], ("Compressed", "SimulationReport"), strict=True):
        shown = cell.outputs[-1].data
        assert shown["text/plain"].startswith(f"<{name}: ")
        assert "\n" not in shown["text/plain"]
        assert shown["text/html"].count("<tr>") == 4
    assert cells[3].outputs[0].text.startswith("(50, 10) (50, 256) int16\n")
    assert "<table" in cells[4].outputs[-1].data["text/html"]
