"""The Bitlet array in a simulator."""

from zskip.hw.bitlet.engine import ENGINE as HARDWARE
from zskip.model.bitlet.engine import ENGINE
from zskip.verif.common.simulate import Block

BLOCK = Block(engine=ENGINE, hardware=HARDWARE)
