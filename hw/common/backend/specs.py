"""Bits side by side: parts of them, constants, and the order in which wires read each other."""

from collections.abc import Callable, Iterable, Iterator

from zskip.hw.common.backend.netlist import Chunk, Spec


def width(spec: Spec) -> int:
    """Return the number of bits."""
    return sum(chunk.width for chunk in spec)


def part(spec: Spec, low: int, bits: int) -> Spec:
    """Return some of the bits."""
    chosen = []
    for chunk in spec:
        first, end = max(low, 0), min(low + bits, chunk.width)
        if first < end:
            digits = chunk.bits[chunk.width - end : chunk.width - first]
            chosen.append(
                Chunk(chunk.wire, chunk.low + first if chunk.wire else 0, end - first, digits)
            )
        low -= chunk.width
    return join(chosen)


def extend(spec: Spec, bits: int, *, signed: bool = False) -> Spec:
    """Return the lowest bits, or all with zeros or copies of the sign above them."""
    have = width(spec)
    if bits <= have:
        return part(spec, 0, bits)
    sign = part(spec, have - 1, 1) if signed else constant(0, 1)
    return join([*spec, *sign * (bits - have)])


def constant(value: int, bits: int) -> Spec:
    """Return a constant."""
    return (Chunk("", 0, bits, f"{value:0{bits}b}"),) if bits else ()


def value_of(spec: Spec) -> int | None:
    """Return the value of a constant, nothing for any other bits."""
    if any(chunk.wire for chunk in spec):
        return None
    return int("0" + "".join(chunk.bits for chunk in reversed(spec)), 2)


def in_order(wires: Iterable[str], read: Callable[[str], Iterable[Spec]]) -> Iterator[str]:
    """Yield wires, and what they read, each behind what it reads.

    Parameters
    ----------
    wires : iterable of str
        Wires to begin with.
    read : callable
        Returns what the driver of a wire reads.
    """
    seen: set[str] = set()
    for wire in wires:
        waiting = [(wire, iter([wire]))]
        while waiting:
            reader, left = waiting[-1]
            following = next((name for name in left if name not in seen), None)
            if following is not None:
                seen.add(following)
                waiting.append((following, _wires(read(following))))
            else:
                waiting.pop()
                if waiting:
                    yield reader


def _wires(specs: Iterable[Spec]) -> Iterator[str]:
    return (chunk.wire for spec in specs for chunk in spec if chunk.wire)


def join(chunks: list[Chunk]) -> Spec:
    """Join neighbors that are constants, or consecutive bits of a wire."""
    joined: list[Chunk] = []
    for chunk in chunks:
        last = joined[-1] if joined else None
        if (
            last
            and last.wire == chunk.wire
            and (not chunk.wire or last.low + last.width == chunk.low)
        ):
            joined[-1] = Chunk(
                last.wire, last.low, last.width + chunk.width, chunk.bits + last.bits
            )
        else:
            joined.append(chunk)
    return tuple(joined)
