"""Cycles that the EIE paper publishes for its benchmark layers, on 64 PEs."""

from zskip.model.common.engine import Published

PAPER_MHZ = 800
"""Clock of the paper's array."""

_MICROSECONDS = {
    "Alex-6": (28.1, 30.3),
    "Alex-7": (11.7, 12.2),
    "Alex-8": (8.9, 9.9),
    "VGG-6": (28.1, 34.4),
    "VGG-7": (7.9, 8.7),
    "VGG-8": (7.3, 8.4),
    "NT-We": (5.2, 8.0),
    "NT-Wd": (13.0, 13.9),
    "NT-LSTM": (6.5, 7.5),
}
"""Theoretical and actual time of each layer (EIE paper, table IV)."""

PUBLISHED = {
    name: Published(*(round(time * PAPER_MHZ) for time in times))
    for name, times in _MICROSECONDS.items()
}
"""Published cycles by the layer's name."""
