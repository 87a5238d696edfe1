"""Synth: what a block costs on a target."""

from zskip.engines import DEFAULT
from zskip.engines import engine as find_engine
from zskip.flow.choices import AnyConfig, given_config
from zskip.flow.given import AnyNetwork, given_network
from zskip.model.common.errors import InputError
from zskip.synth.design import Design
from zskip.synth.options import Options
from zskip.synth.result import SynthResult
from zskip.synth.targets import target as find_target


def synthesize(
    target: str,
    *,
    network: AnyNetwork | None = None,
    engine: str | None = None,
    config: AnyConfig | None = None,
    options: Options | None = None,
) -> SynthResult:
    """Synthesize a block.

    Parameters
    ----------
    target : str
        What for: a name of `zskip.synth.targets.TARGETS`.
    network : path, Network or Compressed, optional
        Compressed network, or its file: its configuration is taken.
    engine : str, optional
        The kind of accelerator; that of the network or the configuration, or the default one,
        without it.
    config : EngineConfig or str, optional
        The hardware or the name of it, as `zskip.config` takes it, where no network is given; the
        engine's default without it.
    options : Options, optional
        Options of the target.

    Returns
    -------
    SynthResult

    Raises
    ------
    InputError
        There is no such target, it does not take an option, a tool is missing, the design does not
        fit, the network file is refused, or both a network and a configuration are given.
    RunFailure
        A tool failed.
    """
    chosen = find_target(target)
    options = options or Options()
    options.check(chosen.name, chosen.options)
    if network is not None and config is not None:
        raise InputError(
            "the array must be that of the network or that of a configuration, but both are "
            "given: leave one out; `zskip compress` makes the network for another configuration"
        )
    given = given_config(config, engine)
    if network is not None:
        given = given_network(network, engine).config
    return chosen.run(Design(config=given or find_engine(engine or DEFAULT).default), options)
