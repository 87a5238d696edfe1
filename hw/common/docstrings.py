"""Descriptions taken from docstrings, which are their one home."""

import inspect
import re

_FIRST_SECTION = re.compile(r"\n\n\w+\n-+\n.*", re.DOTALL)


def contract(subject: type) -> str:
    """Return what a class's docstring says in front of its first section."""
    return _FIRST_SECTION.sub("", inspect.getdoc(subject) or "")


def section(subject: type, title: str) -> dict[str, str]:
    """Return what a section of a class's docstring says of each name.

    Parameters
    ----------
    subject : type
        A class with a numpydoc docstring.
    title : str
        Title of the section, such as ``Parameters``.

    Returns
    -------
    dict of str to str
        Description of each name on one line, in the docstring's order; empty where the
        interpreter has dropped the docstrings.
    """
    text = inspect.getdoc(subject) or ""
    found = re.search(
        rf"^{title}\n-+\n(.*?)(?=\n\n\S[^\n]*\n-+\n|\Z)", text, re.DOTALL | re.MULTILINE
    )
    descriptions: dict[str, str] = {}
    names: list[str] = []
    for line in found[1].splitlines() if found else ():
        if not line.startswith(" ") and " : " in line:
            names = [name.strip() for name in line.partition(" : ")[0].split(",")]
        else:
            for name in names:
                descriptions[name] = f"{descriptions.get(name, '')} {line.strip()}".strip()
    return descriptions
