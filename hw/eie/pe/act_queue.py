"""Activation queue: decouples a PE from the broadcast."""

from zskip.hw.common.queue import Queue
from zskip.hw.eie.interfaces import activation_layout
from zskip.model.eie.config import Config


class ActQueue(Queue):
    """First-in first-out queue of broadcast activations (EIE paper, section IV).

    All ``queue_depth`` entries are usable; an activation passes an empty queue in no time. The
    broadcast waits for every PE while one of them is full.

    Parameters
    ----------
    config : Config
        Gives the depth.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(activation_layout(config), depth=config.queue_depth)
