"""Distilling: the lanes of one compute engine, cycle by cycle."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.finder import Finder, Schedule
from zskip.model.bitlet.row import Row
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import add_wrap


@dataclass(frozen=True, kw_only=True)
class Distilled:
    """What an engine computes from rows side by side.

    Parameters
    ----------
    sums : tuple of int
        The accumulator of each row at its end.
    cycles : int
        From the first beat of the first group to the end of the last group, both included.
        Pipeline stages in front of and behind the lanes are not counted.
    terms : tuple of tuple of int
        For each cycle, what each lane hands to the adder tree; the lanes of the first row first.
    overflows : tuple of int
        Additions of each row that wrapped its accumulator around.
    """

    sums: tuple[int, ...]
    cycles: int
    terms: tuple[tuple[int, ...], ...]
    overflows: tuple[int, ...]


def distil(
    rows: Sequence[Row],
    config: Config,
    *,
    biases: Sequence[int] | None = None,
    floating: bool = False,
) -> Distilled:
    """Compute rows side by side on one engine, group by group.

    The terms of a cycle are added with the weights of their lanes, and that sum to the accumulator.
    In fixed point the accumulator wraps around; in floating point it is wide enough for any row.

    Parameters
    ----------
    rows : sequence of Row
        At most `Config.packed_rows`, with the same lanes and groups.
    config : Config
        The array.
    biases : sequence of int, optional
        What each accumulator starts from; 0 if not given.
    floating : bool, optional
        Whether the rows hold aligned significands: every group is a barrier, and its shift comes
        before its first sum.

    Returns
    -------
    Distilled

    Raises
    ------
    InputError
        More rows than fit the lanes.
    """
    fitting = config.packed_rows(rows[0].lanes, floating=floating)
    if len(rows) > fitting:
        raise InputError(
            f"rows side by side must be at most {fitting}, as many as fit {config.lanes} lanes, "
            f"not {len(rows)}: compute the others after them"
        )
    return _Engine(rows, config, list(biases or [0] * len(rows)), floating).run()


class _Lane:
    """One lane: its picks of every group, and how far it is."""

    def __init__(self, schedules: list[Schedule], terms: list[list[int]], place: int) -> None:
        self.schedules = schedules
        self.terms = terms
        self.place = place
        self.group = 0
        self.taken = 0

    def step(self, visible: int) -> int:
        """Return the term of a cycle, of the groups in front of `visible`."""
        while self.group < visible and self._exhausted():
            self.group += 1
            self.taken = 0
        if self.group == visible:
            return 0
        inverted, picks = self.schedules[self.group]
        terms = self.terms[self.group]
        pick = picks[self.taken]
        term = 0 if pick is None else terms[pick]
        if inverted:
            term = (0 if self.taken else sum(terms)) - term
        self.taken += 1
        return term

    def passed(self, group: int) -> bool:
        """Tell whether nothing of a group is left, which the lane has reached."""
        return self.group > group or self._exhausted()

    def _exhausted(self) -> bool:
        return self.taken == len(self.schedules[self.group].picks)


class _Engine:
    """One engine: lanes, buffers that are loaded in turn, and an accumulator for each row."""

    def __init__(
        self, rows: Sequence[Row], config: Config, biases: list[int], floating: bool
    ) -> None:
        self.rows = rows
        self.config = config
        self.floating = floating
        self.groups = len(rows[0].terms)
        self.lanes = [list(_lanes(row, Finder(config))) for row in rows]
        self.sums = biases
        self.overflows = [0] * len(rows)
        self.loaded = self.beat = self.opened = self.retired = 0

    def run(self) -> Distilled:
        """Go on until every group is finished."""
        terms: list[tuple[int, ...]] = []
        while self.retired < self.groups:
            terms.append(self._cycle())
        return Distilled(
            sums=tuple(self.sums),
            cycles=len(terms),
            terms=tuple(terms),
            overflows=tuple(self.overflows),
        )

    def _cycle(self) -> tuple[int, ...]:
        """Advance all lanes, accumulate, load a beat, and free the buffer of a finished group."""
        ahead = 1 if self.floating else self.config.run_ahead
        visible = min(self.loaded, self.retired + ahead)
        terms = [[lane.step(visible) for lane in lanes] for lanes in self.lanes]
        for number, (row, row_terms) in enumerate(zip(self.rows, terms, strict=True)):
            self._accumulate(number, row, row_terms, visible)
        self.opened = visible
        finished = visible > self.retired and all(
            lane.passed(self.retired) for lanes in self.lanes for lane in lanes
        )
        if self.loaded < self.retired + self.config.buffers:
            self.beat += 1
            if self.beat == self.config.beats:
                self.beat = 0
                self.loaded = min(self.loaded + 1, self.groups)
        self.retired += finished
        return tuple(term for row_terms in terms for term in row_terms)

    def _accumulate(self, number: int, row: Row, terms: list[int], visible: int) -> None:
        """Add the terms of a row to its accumulator."""
        total = sum(lane.place * term for lane, term in zip(self.lanes[number], terms, strict=True))
        if self.floating:
            if visible > self.opened:
                self.sums[number] >>= int(row.shifts[self.opened])
            self.sums[number] += total
            return
        wrapped, overflow = add_wrap(self.sums[number], total, self.config.acc_bits)
        self.sums[number] = int(wrapped)
        self.overflows[number] += int(overflow)


def _lanes(row: Row, finder: Finder) -> Iterator[_Lane]:
    """Make the lanes of a row."""
    columns = row.columns()
    terms = row.terms.tolist()
    for lane in range(row.lanes):
        schedules = [finder.schedule(group[lane]) for group in columns]
        last = row.subtracted and lane == row.lanes - 1
        yield _Lane(schedules, terms, -(1 << lane) if last else 1 << lane)
