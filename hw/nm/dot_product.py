"""Dot product: the weights of a beat times the activations that they meet, and their sum."""

from amaranth import Module, Shape, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.nm.interfaces import codebook_bits, window_bits
from zskip.hw.nm.selector import Selector
from zskip.model.common.fixed import CODEBOOK_BITS
from zskip.model.nm.config import Config
from zskip.model.nm.latencies import tree_levels


def sum_bits(config: Config) -> int:
    """Return the width of the sum of a beat, which is exact."""
    return config.value_bits + config.activation_bits + tree_levels(config)


class DotProduct(wiring.Component):
    """Multiply the weights of a beat by the activations that they meet, and add the products.

    The word is taken apart, and codes are looked up, in its cycle; then come selectors and
    multipliers, and one cycle for each level of the adder tree.

    Latency: two cycles and one for each level of the tree from `word` to `o`; `x` comes one cycle
    after its word, `illegal` in the same cycle as `x`. Throughput: one beat a cycle. Stall rule:
    none.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    word : In(word_bits)
        Weights of the beat, each with its position above it, the first in the lowest bits.
    codebook : In(16 * 16)
        Values of the codes, the first in the lowest bits; only where weights are codes.
    x : In(window * activation_bits)
        Activations of the beat.
    o : Out(signed)
        The exact sum.
    illegal : Out(1)
        The positions of a group do not ascend; whatever beats there are.
    """

    word: Signal
    codebook: Signal
    x: Signal
    o: Signal
    illegal: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "word": In(config.word_bits),
                "codebook": In(codebook_bits(config)),
                "x": In(window_bits(config)),
                "o": Out(signed(sum_bits(config))),
                "illegal": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        operands = self._operands(m)
        products: list[Signal] = []
        for slot in range(config.slots):
            entry = self.word.word_select(slot, config.entry_bits)
            weight = _register(f"weight_{slot}", signed(config.value_bits))
            bits = config.value_bits + config.activation_bits
            product = _register(f"product_{slot}", signed(bits))
            operand = operands.word_select(slot, config.activation_bits).as_signed()
            m.d.sync += weight.eq(self._value(entry[: config.weight_bits]))
            m.d.sync += product.eq(weight * operand)
            products.append(product)
        m.d.comb += self.o.eq(_tree(m, products))
        return m

    def _value(self, weight: Value) -> Value:
        """Return the value of a weight as it stands in a word."""
        if not self.config.shares_weights:
            return weight.as_signed()
        return self.codebook.word_select(weight, CODEBOOK_BITS).as_signed()

    def _operands(self, m: Module) -> Value:
        """Return the activations that the weights meet, one cycle after the word."""
        config = self.config
        if config.dense:
            return self.x
        m.submodules.selector = selector = Selector(config)
        for slot in range(config.slots):
            entry = self.word.word_select(slot, config.entry_bits)
            position = _register(f"position_{slot}", unsigned(config.position_bits))
            m.d.sync += position.eq(entry[config.weight_bits :])
            m.d.comb += selector.positions.word_select(slot, config.position_bits).eq(position)
        m.d.comb += [selector.x.eq(self.x), self.illegal.eq(selector.illegal)]
        return selector.o


def _register(name: str, shape: Shape) -> Signal:
    """Return a register without a reset, as beats alone give what it holds a meaning."""
    return Signal(shape, name=name, reset_less=True)


def _tree(m: Module, addends: list[Signal]) -> Signal:
    """Return the sum of some signals of equal width, by levels of registered additions."""
    level = 0
    while len(addends) > 1:
        level += 1
        bits = len(addends[0]) + 1
        sums = [
            _register(f"sum_{level}_{number}", signed(bits))
            for number in range((len(addends) + 1) // 2)
        ]
        for number, total in enumerate(sums):
            m.d.sync += total.eq(sum(addends[2 * number : 2 * number + 2]))
        addends = sums
    return addends[0]
