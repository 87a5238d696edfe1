"""Cycles of inputs that come back to back, with two banks of inputs."""

from zskip.model.common.back_to_back import HAND_OVER, send_cycles
from zskip.model.common.latencies import SRAM_READ
from zskip.model.common.stream import LANES
from zskip.model.eie.config import Config
from zskip.model.eie.latencies import readout_latency
from zskip.model.eie.passes import pass_words


def loading_cycles(inputs: int, passes: int, config: Config) -> int:
    """Return the cycles from the begin of a run to the start of the next one, without a pause.

    Parameters
    ----------
    inputs : int
        Length of the input vector.
    passes : int
        Passes that the run fetches meanwhile: `i` waits for each.
    config : Config
        The array.
    """
    words = -(-inputs // LANES) * (LANES // config.pes_per_beat)
    return HAND_OVER + words + SRAM_READ + passes * pass_words(config)


def sending_cycles(outputs: int, config: Config) -> int:
    """Return the cycles from the end of a run to its `done`, if all is taken at once.

    Parameters
    ----------
    outputs : int
        Length of the output vector.
    config : Config
        The array.
    """
    return send_cycles(outputs, config.pes_per_beat, readout_latency(config))
