"""Generic gates of Bitlet arrays, and of dense ones that do as many products a cycle.

Needs a whole Yosys (``pip install pyosys``) and up to ten minutes.
"""

import zskip
from zskip.flow.gates import count_gates

INT8 = zskip.config("int8", engine="bitlet")
DENSE = zskip.config("dense", engine="nm")

ARRAYS = {
    "bitlet, int8": INT8,
    "bitlet, int8, 16 pairs": INT8.replace(pairs=16),
    "bitlet, int16": INT8.replace(lanes=15),
    "bitlet, float32": zskip.config("bitlet", engine="bitlet", segments=1),
    "dense, 8 bits": DENSE.with_multipliers(16),
    "dense, 16 bits": DENSE.replace(weight_bits=16, activation_bits=16).with_multipliers(16),
}

for name, config in ARRAYS.items():
    print(name, count_gates(config), flush=True)
