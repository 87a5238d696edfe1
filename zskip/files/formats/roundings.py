"""Roundings of data: the array computes with 16 bits, so a note says what is not carried out."""

from zskip.files.formats.chain import Chain
from zskip.files.formats.guard import quoted


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
    if chain.empty:
        chain.note(
            f"{what} {quoted(name)} at the input is taken off: give inputs that are already "
            f"rounded as it does it, {how}"
        )
    else:
        chain.note(
            f"{what} {quoted(name)} does not round here: its values keep 16 bits in place of "
            f"being rounded {how}, so that outputs may differ from the framework's"
        )
