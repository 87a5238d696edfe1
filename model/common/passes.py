"""First word of a pass of engines whose layers are one pass each."""

from zskip.model.common.bitfields import Field

PASS_WORD_0 = (
    Field("outputs", 0, 16, "length of the layer's output vector"),
    Field("inputs", 16, 16, "length of the layer's input vector"),
    Field("shift", 32, 6, "bits by which write-back scales the accumulator down"),
    Field("relu", 38, 1, "negative outputs become 0"),
    Field("emit_outputs", 39, 1, "the pass sends the layer's outputs"),
    Field("emit_counters", 40, 1, "the pass sends its counters"),
    Field("swap", 41, 1, "the layer ends with this pass: its outputs are the next inputs"),
    Field("last", 42, 1, "the run ends with this pass"),
)
"""First descriptor word."""

DESCRIPTOR_WORDS = 2
"""Program words that describe a pass."""
