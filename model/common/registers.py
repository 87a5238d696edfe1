"""Register map of a block behind AXI4-Lite: one table for hardware, drivers and documents.

Registers are 32 bits wide, little endian, at multiples of 4 in `MAP_BYTES` bytes. What holds for
all of them:

- The lowest two bits of an address are ignored. Bytes whose strobe is low are not written.
- A read is always answered with OKAY. Bits, and registers, that are not in the table read 0.
- A write to a register that is not in the table, or is read-only, changes nothing and is answered
  with SLVERR; all others with OKAY. Bits of a writable register that are not in its fields are
  ignored.
- Of a register of 64 bits the low half is read first; the high half is that of the same cycle.
"""

from zskip.model.common.bitfields import Field
from zskip.model.common.register import Access, Register

MAP_BITS = 12
"""Width of an address on the bus."""

MAP_BYTES = 1 << MAP_BITS
"""Bytes of the map."""

MAP_VERSION = 1
"""Version of this table; a driver refuses another one."""

MOST_FIELDS = 64
"""Fields of a configuration that there is room for."""

VERSION_FIELDS = (
    Field("patch", 0, 8, "third number of the version of zskip that made the block"),
    Field("minor", 8, 8, "second number"),
    Field("major", 16, 8, "first number"),
    Field("map", 24, 8, "version of the register map"),
)

CONTROL_FIELDS = (
    Field("start", 0, 1, "begin a run, once the packets that arrived before it are loaded"),
    Field("abort", 1, 1, "end whatever is under way, and clear the error"),
    Field("clear_totals", 2, 1, "set the totals to 0"),
)

STATUS_FIELDS = (
    Field("busy", 0, 1, "a run is under way, or a start or an abort is being carried out"),
    Field("done", 1, 1, "the run that was started last has ended"),
    Field("overflow", 2, 1, "an addition left the accumulator's range in the last run that ended"),
    Field("loading", 3, 1, "s_axis: the last beat taken was not the last of its packet"),
    Field("dropping", 4, 1, "s_axis: beats are dropped up to the next one with tlast"),
    Field("sending", 5, 1, "m_axis: a packet has begun and its last beat was not taken yet"),
    Field("ready", 6, 1, "a start would be taken, between two packets of s_axis"),
    Field("error", 8, 4, "error code, as in ERROR"),
    Field("runs", 12, 2, "runs that are under way or wait for the end of one"),
)

EVENT_FIELDS = (
    Field("done", 0, 1, "a run has ended"),
    Field("error", 1, 1, "the first error since reset or abort has come"),
)

SETTINGS_FIELDS = (
    Field("joined", 0, 1, "a packet of s_axis (up to tlast) may hold several load packets"),
)

ERROR_FIELDS = (Field("code", 0, 4, "code of the first error since reset or abort, 0 without one"),)

READ, PULSE, CONSTANT = Access.READ, Access.PULSE, Access.CONSTANT

REGISTERS = (
    Register(name="ID", offset=0x000, access=CONSTANT, meaning="`zskp`, the z in the lowest byte"),
    Register(
        name="VERSION",
        offset=0x004,
        access=CONSTANT,
        meaning="versions of the block and of this map",
        fields=VERSION_FIELDS,
    ),
    Register(
        name="ENGINE",
        offset=0x008,
        access=CONSTANT,
        meaning="first four letters of the engine's name, the first in the lowest byte",
    ),
    Register(
        name="CONFIG_HASH",
        offset=0x00C,
        access=CONSTANT,
        meaning="hash of engine and configuration: equal where they are",
    ),
    Register(
        name="CONFIG_COUNT",
        offset=0x010,
        access=CONSTANT,
        meaning="fields of the configuration",
    ),
    Register(
        name="CONTROL",
        offset=0x020,
        access=PULSE,
        meaning="commands; abort goes before start",
        fields=CONTROL_FIELDS,
    ),
    Register(
        name="STATUS", offset=0x024, access=READ, meaning="what is going on", fields=STATUS_FIELDS
    ),
    Register(
        name="SETTINGS",
        offset=0x028,
        access=Access.WRITE,
        meaning="how packets are taken",
        fields=SETTINGS_FIELDS,
    ),
    Register(
        name="IRQ_ENABLE",
        offset=0x02C,
        access=Access.WRITE,
        meaning="events that raise irq",
        fields=EVENT_FIELDS,
    ),
    Register(
        name="IRQ_CAUSE",
        offset=0x030,
        access=Access.CLEAR,
        meaning="events that have come; irq is high while one of them is enabled",
        fields=EVENT_FIELDS,
    ),
    Register(
        name="ERROR",
        offset=0x034,
        access=READ,
        meaning="the first error since reset or abort",
        fields=ERROR_FIELDS,
    ),
    Register(
        name="ERROR_BEAT",
        offset=0x038,
        access=READ,
        meaning="number of the beat with that packet's header, the first since reset being 0",
    ),
    Register(
        name="ERROR_HEADER",
        offset=0x040,
        access=READ,
        bits=64,
        meaning="header of the load packet that was taken last when the error came",
    ),
    Register(
        name="RUN_CYCLES",
        offset=0x050,
        access=READ,
        meaning="cycles of the last run, from its start, or the end before, to its end",
    ),
    Register(
        name="LOAD_CYCLES",
        offset=0x054,
        access=READ,
        meaning="cycles from the first beat behind the run before it to its start",
    ),
    Register(
        name="READ_CYCLES",
        offset=0x058,
        access=READ,
        meaning="cycles in which m_axis offered a beat since its start",
    ),
    Register(
        name="WAIT_CYCLES",
        offset=0x05C,
        access=READ,
        meaning="those of them in which the beat was not taken",
    ),
    Register(
        name="LOAD_BEATS",
        offset=0x060,
        access=READ,
        meaning="beats of s_axis from the run before it to its start",
    ),
    Register(
        name="READ_BEATS", offset=0x064, access=READ, meaning="beats of m_axis since its start"
    ),
    Register(
        name="TOTAL_RUNS", offset=0x080, access=READ, bits=64, meaning="runs since clear_totals"
    ),
    Register(name="TOTAL_CYCLES", offset=0x088, access=READ, bits=64, meaning="cycles of all runs"),
    Register(
        name="TOTAL_LOAD_BEATS", offset=0x090, access=READ, bits=64, meaning="beats of s_axis"
    ),
    Register(
        name="TOTAL_READ_BEATS", offset=0x098, access=READ, bits=64, meaning="beats of m_axis"
    ),
    Register(
        name="TOTAL_LOAD_WAIT_CYCLES",
        offset=0x0A0,
        access=READ,
        bits=64,
        meaning="cycles in which s_axis offered a beat that was not taken",
    ),
    Register(
        name="TOTAL_READ_WAIT_CYCLES",
        offset=0x0A8,
        access=READ,
        bits=64,
        meaning="cycles in which m_axis offered a beat that was not taken",
    ),
    Register(
        name="CONFIG",
        offset=0x100,
        access=CONSTANT,
        count=MOST_FIELDS,
        meaning="fields of the configuration, in the order of the configuration's file",
    ),
)
"""Every register, by address."""

BY_NAME = {register.name: register for register in REGISTERS}
"""The registers by name."""
