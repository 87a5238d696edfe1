"""Bench of the ring of groups; oracle: a list of groups."""

from dataclasses import dataclass

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.group_ring import GroupRing
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Agent, Testbench

GROUPS = 400
"""Groups of a test."""

NOTE_BITS = 4
"""Bits of a note."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group: its place, whether it is the last of its row, and its note."""

    place: int
    last: bool
    note: int


class Groups(Agent):
    """Driver and checker of the ring.

    Parameters
    ----------
    bench : Testbench
    places : int
        Places of the ring.
    opening, ending : float
        Shares of the cycles in which a group opens, or ends, where one can.
    barrier : bool
        Whether the oldest group is alone.
    """

    def __init__(
        self, bench: Testbench, places: int, *, opening: float, ending: float, barrier: bool
    ) -> None:
        self.places = places
        self.shares = opening, ending
        self.barrier = barrier
        self.groups: list[Group] = []
        self.opened = self.most = 0
        self._shown: Group | None = None
        super().__init__(bench)

    def drive(self) -> None:
        """Open a group where there is room, and end the oldest one."""
        bench, rng = self.bench, self.bench.rng
        self.ends = bool(self.groups and rng.random() < self.shares[1])
        room = self.ends or len(self.groups) < self.places
        self.opens = bool(room and rng.random() < self.shares[0])
        self.last = bool(rng.random() < 0.3)
        for name, value in (("opens", self.opens), ("ends", self.ends), ("last", self.last)):
            bench[name].set(value)
        self.note = int(rng.integers(1 << NOTE_BITS))
        bench["note"].set(self.note)
        bench["barrier"].set_bits(self.barrier)

    def sample(self, cycle: int) -> None:
        """Compare all outputs, and go on."""
        bench, groups = self.bench, self.groups
        place = self.opened % self.places
        assert bench["full"].bits == (len(groups) == self.places), cycle
        assert bench["free"].bits == 1 << place, cycle
        assert bench["open"].bits == bool(groups), cycle
        shown = self.visible()
        assert bench["visible"].bits == sum(1 << group.place for group in shown), cycle
        self.most = max(self.most, len(shown))
        if groups:
            oldest = groups[0]
            assert bench["oldest"].bits == 1 << oldest.place, cycle
            assert bench["wrapped"].bits == (1 << oldest.place) - 1, cycle
            assert bench["opening"].bits == (oldest is not self._shown), cycle
            assert bench["closing"].bits == oldest.last, cycle
            assert bench["o_note"].bits == oldest.note, cycle
        self._shown = groups[0] if groups else None
        if self.ends:
            groups.pop(0)
        if self.opens:
            groups.append(Group(place=place, last=self.last, note=self.note))
            self.opened += 1

    def visible(self) -> list[Group]:
        """Return the groups up to the end of the row, or the oldest."""
        if self.barrier:
            return self.groups[:1]
        ends = (number for number, group in enumerate(self.groups) if group.last)
        return self.groups[: next(ends, len(self.groups)) + 1]


@cocotb.test()
@cocotb.parametrize(opening=(0.2, 1.0), ending=(0.2, 0.6, 1.0), barrier=(False, True))
async def groups_in_turn(
    dut: HierarchyObject, opening: float, ending: float, barrier: bool
) -> None:
    """Groups that open and end at any time, and rows of any length."""
    places = current_stimulus()["places"]
    bench = Testbench(dut, GroupRing(places=places, note_bits=NOTE_BITS).signature)
    groups = Groups(bench, places, opening=opening, ending=ending, barrier=barrier)
    await bench.start()
    await bench.until(lambda: groups.opened == GROUPS)
    if not barrier and opening > ending:
        assert groups.most == places
