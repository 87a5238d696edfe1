"""The two kinds of failure that a user of this project meets.

Both carry a message of one line that says what must hold, what was given, and what to do. The
command line prints that line and ends with status 2 for `InputError` and 1 for `RunFailure`. Any
other exception is a defect of this project.
"""


class InputError(ValueError):
    """Input that cannot be used: a value, a file, a configuration, or the machine's tools.

    It is raised before anything is written, so that correcting the input and running again is
    all there is to do.
    """


class RunFailure(RuntimeError):
    """The input was sound, but the run failed: a simulator stopped, or results do not agree."""
