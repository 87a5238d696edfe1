"""Driver of a block behind AXI: load a network, run input vectors, read counters.

`zskip.driver.accelerator` drives, over any object that reads and writes registers, sends words and
takes words (`zskip.driver.transport`).
"""
