"""Presets of explorations of the array: the EIE paper's figures, and the ideas beyond it."""

from zskip.model.common.preset import Preset
from zskip.model.eie.config import PE_COUNTS, TUNED
from zskip.model.eie.figures.explored import WIDTHS
from zskip.model.eie.figures.switches import SWITCHES

DEPTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Queue depths (figure 8 of the paper)."""

_BALANCE = "load balance: share of the cycles in which a PE adds an entry"
_DEPTHS = {"queue_depth": DEPTHS}
_COUNTS = {"pe_count": PE_COUNTS}

PRESETS = {
    "queue": Preset(parameter="queue depth", fields=_DEPTHS, figure="balance", meaning=_BALANCE),
    "pes": Preset(
        parameter="PEs",
        fields=_COUNTS,
        figure="speedup",
        meaning="speed-up over 1 PE",
        logarithmic=True,
    ),
    "width": Preset(
        parameter="word bits",
        meaning="sparse-matrix SRAM reads for an input vector",
        series={str(width): f"reads_{width}" for width in WIDTHS},
    ),
    "padding": Preset(
        parameter="PEs", fields=_COUNTS, figure="real_work", meaning="real work / total work"
    ),
    "balance": Preset(parameter="PEs", fields=_COUNTS, figure="balance", meaning=_BALANCE),
    "switches": Preset(
        parameter="switches on",
        fields={
            name: (off, getattr(TUNED, name))
            for name, off in SWITCHES.items()
            if getattr(TUNED, name) != off
        },
        figure="speedup",
        meaning="speed-up over none",
        beside=("switch_bits", "bits per PE"),
    ),
    "lanes": Preset(
        parameter="lanes",
        fields={"lanes": (1, 2, 4, 8)},
        figure="speedup",
        meaning="speed-up over one lane",
        beside=("switch_bits", "bits per PE"),
    ),
}
"""Presets by name."""
