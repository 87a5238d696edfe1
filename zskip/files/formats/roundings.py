"""Roundings of data: the array computes with 16 bits, so a note says what is not carried out."""

from zskip.files.formats.chain import Chain
from zskip.files.formats.guard import quoted

INPUT = "inputs must be given already rounded by what is taken off in front: "
DATA = (
    "values are not rounded here, but keep 16 bits, so that outputs may differ from the "
    "framework's, behind "
)
"""Notes on roundings, and what is behind each."""


def note_rounding(chain: Chain, what: str, name: str, how: str) -> None:
    """Tell the user that data are not rounded, or that inputs must be so already.

    Parameters
    ----------
    chain : Chain
        The layers before it; none if the inputs are rounded.
    what : str
        The rounding operation.
    name : str
        Its name in the source.
    how : str
        To what it rounds, as in ``to steps of 0.5``.
    """
    chain.note(INPUT if chain.empty else DATA, f"{what} {quoted(name)} {how}")
