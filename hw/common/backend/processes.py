"""Processes of registers, merged so that a condition is written once for all that it changes."""

from collections.abc import Iterator

from zskip.hw.common.backend.netlist import Assign, Body, Case, Chunk, Spec, Switch


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
        if found is not None:
            for mine, theirs in zip(into[found].cases, item.cases, strict=True):
                merge(mine.body, theirs.body)
            position = found + 1
            continue
        later = (_find(into, position, follower) for follower in other[index + 1 :])
        position = next((place for place in later if place is not None), len(into))
        into.insert(position, item)
        position += 1


def _find(body: Body, first: int, item: Assign | Switch) -> int | None:
    """Return the place of the same choice at or behind a place."""
    if isinstance(item, Assign):
        return None
    for place, other in enumerate(body[first:], first):
        if isinstance(other, Switch) and _key(other) == _key(item):
            return place
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


def whole(wire: str, bits: int) -> Spec:
    """Return all bits of a wire."""
    return (Chunk(wire, 0, bits),)
