"""Processes of registers, merged so that a condition is written once for all that it changes."""

from collections.abc import Callable, Iterator

from zskip.hw.common.backend.netlist import Assign, Body, Case, Chunk, Spec, Switch
from zskip.hw.common.backend.specs import part


def merge(into: Body, other: Body) -> None:
    """Add a body of statements to one that assigns other registers.

    Parameters
    ----------
    into : list of Assign or Switch
        Gets the statements; choices that both have become one.
    other : list of Assign or Switch
        Its order among its own statements is kept.
    """
    position = 0
    for index, item in enumerate(other):
        found = _find(into, position, item)
        if found is not None and isinstance(item, Switch):
            position, same = found
            for mine, theirs in zip(same.cases, item.cases, strict=True):
                merge(mine.body, theirs.body)
        else:
            later = (_find(into, position, follower) for follower in other[index + 1 :])
            position = next((place[0] for place in later if place is not None), len(into))
            into.insert(position, item)
        position += 1


def _find(body: Body, first: int, item: Assign | Switch) -> tuple[int, Switch] | None:
    """Return the same choice at or behind a place, and where it is."""
    for place, other in enumerate(body[first:], first):
        if isinstance(item, Switch) and isinstance(other, Switch) and _key(other) == _key(item):
            return place, other
    return None


def _key(switch: Switch) -> tuple[Spec, tuple[tuple[str, ...], ...]]:
    return switch.selector, tuple(case.patterns for case in switch.cases)


def rename(body: Body, target: str) -> Body:
    """Return the same statements for another target."""
    changed: Body = []
    for item in body:
        if isinstance(item, Assign):
            changed.append(Assign(item.target._replace(wire=target), item.value))
        else:
            cases = [Case(case.patterns, rename(case.body, target)) for case in item.cases]
            changed.append(Switch(item.selector, cases))
    return changed


def resolved(body: Body, resolve: Callable[[Spec], Spec]) -> Body:
    """Return the same statements with other bits in place of what they read."""
    changed: Body = []
    for item in body:
        if isinstance(item, Assign):
            changed.append(Assign(item.target, resolve(item.value)))
        else:
            cases = [Case(case.patterns, resolved(case.body, resolve)) for case in item.cases]
            changed.append(Switch(resolve(item.selector), cases))
    return changed


def cut(body: Body, low: int, bits: int, target: str) -> Body:
    """Return the part of the statements that assigns some of the bits, to a target of their own."""
    changed: Body = []
    for item in body:
        if isinstance(item, Assign):
            first = max(low, item.target.low)
            end = min(low + bits, item.target.low + item.target.width)
            if first < end:
                value = part(item.value, first - item.target.low, end - first)
                changed.append(Assign(Chunk(target, first - low, end - first), value))
        else:
            cases = [Case(case.patterns, cut(case.body, low, bits, target)) for case in item.cases]
            if any(case.body for case in cases):
                changed.append(Switch(item.selector, cases))
    return changed


def assigned(body: Body) -> Iterator[Chunk]:
    """Yield the target of each assignment."""
    for item in body:
        if isinstance(item, Assign):
            yield item.target
        else:
            for case in item.cases:
                yield from assigned(case.body)


def read(body: Body) -> Iterator[Spec]:
    """Yield everything that the statements read."""
    for item in body:
        if isinstance(item, Assign):
            yield item.value
        else:
            yield item.selector
            for case in item.cases:
                yield from read(case.body)


def target(body: Body) -> str:
    """Return the wire that a process assigns; it begins with the default value."""
    first = body[0]
    assert isinstance(first, Assign)
    return first.target.wire
