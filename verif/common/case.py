"""What the caller of a unit bench tells it, as JSON in an environment variable."""

import json
import os
from collections.abc import Mapping
from typing import Any

_VARIABLE = "ZSKIP_CASE"


def case_variables(case: Mapping[str, Any]) -> dict[str, str]:
    """Return the environment variables that bring a bench its case.

    Parameters
    ----------
    case : mapping
        What JSON can express.
    """
    return {_VARIABLE: json.dumps(case)}


def current_case() -> dict[str, Any]:
    """Return the case that the caller of this bench asks for."""
    return json.loads(os.environ[_VARIABLE])
