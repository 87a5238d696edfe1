"""Seeded faults: changes of Verilog that a bench must find."""

import re
from collections.abc import Iterable, Sequence


def with_fault(verilog: str, pattern: str, replacement: str) -> str:
    """Return Verilog with a fault in every place of a pattern, of which there must be one."""
    faulty, count = re.subn(pattern, replacement, verilog)
    assert count, f"the Verilog has no {pattern}"
    return faulty


def check_patterns(verilog: str, faults: Iterable[Sequence[object]]) -> None:
    """Check that faults, of which each begins with its pattern, have a place in Verilog."""
    missing = [pattern for pattern, *_ in faults if not re.search(str(pattern), verilog)]
    assert not missing
