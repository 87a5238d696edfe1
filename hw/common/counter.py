"""Counter of events, in two parts."""

from amaranth import Cat, Module, Signal, Value

from zskip.model.common.stream import COUNTER_BITS

LOW_BITS = 10
"""Bits of a counter that an event is added to in one cycle."""


def add_counter(m: Module, name: str, event: Value, restarts: Value) -> Value:
    """Add a counter, in two parts as its carry would be long.

    Parameters
    ----------
    m : Module
        Gets the registers.
    name : str
        What is counted.
    event : Value
        What to add in this cycle: it shows two cycles later, in the bits above `LOW_BITS` another
        cycle later.
    restarts : Value
        Begin anew with the event of this cycle.

    Returns
    -------
    Value
        The counter, `COUNTER_BITS` wide.
    """
    # Registered, as events come late in the cycle.
    seen = Signal.like(event, name=f"{name}_event")
    low = Signal(LOW_BITS, name=f"{name}_low")
    carry = Signal(name=f"{name}_carry")
    high = Signal(COUNTER_BITS - LOW_BITS, name=f"{name}_high")
    total = Signal(LOW_BITS + 1, name=f"{name}_sum")
    m.d.comb += total.eq(low + seen)
    m.d.sync += seen.eq(event)
    with m.If(restarts):
        m.d.sync += [part.eq(0) for part in (low, carry, high)]
    with m.Else():
        m.d.sync += [Cat(low, carry).eq(total), high.eq(high + carry)]
    return Cat(low, high)
