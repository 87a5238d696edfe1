"""Agents at both ends of an `ActivationBranch` of the hardware."""

from collections.abc import Iterable, Mapping, Sequence

from zskip.verif.common.testbench import Agent, Testbench
from zskip.verif.eie.activation_agent import ActivationAgent


class BranchAgent(ActivationAgent):
    """Agent that feeds activations in rounds.

    Parameters
    ----------
    bench : Testbench
    name : str
        Name of the `ActivationBranch`.
    pattern : str
        When to pause, see `zskip.verif.common.streams.pauses`.
    """

    def __init__(self, bench: Testbench, name: str, pattern: str = "never") -> None:
        super().__init__(bench, name, pattern)
        self._round, self._turn = bench[f"{name}__round"], bench[f"{name}__turn"]
        self._rounds: list[list[Mapping[str, int]]] = []
        self._number = 0
        self._gave = False

    def feed_rounds(self, rounds: Sequence[Iterable[Mapping[str, int]]], linger: int = 0) -> None:
        """Begin a pass.

        Parameters
        ----------
        rounds : sequence of iterable
            The activations of each round.
        linger : int
            How many cycles it takes to find that there are no more, behind each round.
        """
        self._rounds = [list(items) for items in rounds]
        self._number = 0
        self._begin_round(linger)
        self._wait = linger

    def _begin_round(self, linger: int = 0) -> None:
        """Offer the activations of the next round."""
        items = self._rounds.pop(0) if self._rounds else []
        self._gave = bool(items)
        self.feed(items, linger)

    def drive(self) -> None:
        """Offer an activation, or pause; go on to the next round when that is allowed."""
        has_turn = self._turn.number == self._number % 2
        if self.empty and self._rounds and not self._linger and (self._gave or has_turn):
            self._number += 1
            self._begin_round(self._wait)
        super().drive()
        self.more = self.more or bool(self._rounds)
        self._more.set(self.more)
        self._round.set(self._number % 2)


class TurnAgent(Agent):
    """Agent that takes from a branch: it goes on to each round as soon as the branch is there.

    Parameters
    ----------
    bench : Testbench
    name : str
        Name of the `ActivationBranch`.

    Attributes
    ----------
    held : bool
        Whether it stays in its round.
    number : int
        Its round.
    """

    def __init__(self, bench: Testbench, name: str) -> None:
        self.held = False
        self.number = 0
        self._round, self._more = bench[f"{name}__round"], bench[f"{name}__more"]
        self._turn = bench[f"{name}__turn"]
        super().__init__(bench)

    def drive(self) -> None:
        """Say which round it is."""
        self._turn.set(self.number % 2)

    def sample(self, cycle: int) -> None:
        """Go on when the branch has no more of the round."""
        del cycle
        if not self._more.number:
            self.number = 0
        elif not self.held and self._round.number != self.number % 2:
            self.number += 1

    def reset(self) -> None:
        """Begin with the first round."""
        self.number = 0
