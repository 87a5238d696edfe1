"""The N:M array in a simulator."""

from zskip.hw.nm.engine import ENGINE as HARDWARE
from zskip.model.nm.engine import ENGINE
from zskip.verif.common.simulate import Block

BLOCK = Block(engine=ENGINE, hardware=HARDWARE)
