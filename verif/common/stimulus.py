"""Stimulus that the caller of a bench asks for, as JSON in an environment variable."""

import json
import os
from collections.abc import Mapping
from typing import Any

_VARIABLE = "ZSKIP_STIMULUS"


def stimulus_variables(stimulus: Mapping[str, Any]) -> dict[str, str]:
    """Return the environment variables that bring a bench its stimulus.

    Parameters
    ----------
    stimulus : mapping
        What JSON can express.
    """
    return {_VARIABLE: json.dumps(stimulus)}


def current_stimulus() -> dict[str, Any]:
    """Return the stimulus that the caller of this bench asks for."""
    return json.loads(os.environ[_VARIABLE])
