"""The EIE array in a simulator."""

from zskip.hw.eie.engine import ENGINE as HARDWARE
from zskip.model.eie.engine import ENGINE
from zskip.verif.common.simulate import Block

BLOCK = Block(engine=ENGINE, hardware=HARDWARE)
