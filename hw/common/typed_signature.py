"""Signatures whose ports a type checker knows."""

from typing import Generic, TypeVar

from amaranth.lib import wiring

Ports = TypeVar("Ports", bound=wiring.PureInterface)


class TypedSignature(wiring.Signature, Generic[Ports]):
    """A signature that creates ports of its own class.

    Attributes
    ----------
    ports : type
        A subclass of `amaranth.lib.wiring.PureInterface` that annotates the members.
    """

    ports: type[Ports]

    def create(self, *, path: tuple[str | int, ...] | None = None, src_loc_at: int = 0) -> Ports:
        """Return ports of this signature."""
        return self.ports(self, path=path or (), src_loc_at=src_loc_at + 1)
