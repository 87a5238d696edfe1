"""Hardware of a minimal engine: one multiplier that goes through a dense matrix."""

from amaranth import Cat, Module, Mux, Signal, signed
from amaranth.lib import memory
from amaranth.lib.wiring import connect, flipped
from dot_model import WORD, Config, Target

from zskip.hw.common import sram
from zskip.hw.common.block import Block
from zskip.hw.common.emitter import Emitter
from zskip.hw.common.engine import Hardware
from zskip.hw.common.loader import Loader, Memory
from zskip.hw.common.program_memory import ProgramMemory
from zskip.hw.common.sram import Sram
from zskip.hw.common.verilog import convert
from zskip.hw.common.write_back import WriteBack
from zskip.model.common.stream import COUNTER_BITS, LANES, Kind


class DotBlock(Block):
    """One multiplier and one accumulator, a row after the other.

    Throughput: one weight a cycle.

    Parameters
    ----------
    config : Config
        Depths of the memories.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, depth = self.config, self.config.vector_depth
        m.submodules.loader = loader = Loader(
            memories={
                Target.WEIGHTS: Memory(config.weight_depth, False),
                Target.ACTIVATIONS: Memory(depth // LANES, False),
                Target.PROGRAM: Memory(2 * config.pass_count, False),
            },
            program=Target.PROGRAM,
            inputs=Target.ACTIVATIONS,
            dealt=True,
            pe_count=1,
            target_bits=2,
            pe_bits=1,
        )
        m.submodules.passes = program = ProgramMemory(
            descriptor=(WORD,), tail_words=1, passes=config.pass_count
        )
        m.submodules.emitter = emitter = Emitter(
            units=1, vector_depth=depth, central_counters=2, unit_counters=2
        )
        m.submodules.write_back = write_back = WriteBack(
            acc_bits=32, shift_bits=6, row_bits=16, output_row_bits=16
        )
        m.submodules.weights = weights = Sram(width=32, depth=config.weight_depth)
        m.submodules.vectors = vectors = memory.Memory(shape=signed(16), depth=2 * depth, init=[])
        taken, shown = vectors.read_port(domain="comb"), vectors.read_port()
        written = vectors.write_port()
        connect(m, flipped(self.i), loader.i)
        connect(m, emitter.o, flipped(self.o))
        connect(m, loader.w_program, program.w_port)

        word, load = program.words[0], loader.load
        half, address = Signal(), Signal(range(config.weight_depth + 1))
        row, column = Signal(16), Signal(16)
        accumulator = Signal(signed(32))
        cycles, products = Signal(COUNTER_BITS), Signal(COUNTER_BITS)
        saturations, overflows = Signal(COUNTER_BITS), Signal(COUNTER_BITS)
        pass_index = Signal(range(config.pass_count))
        total = Signal(signed(33))
        read, add, counted = Signal(), Signal(), Signal()
        is_activation = load.en & (load.target == Target.ACTIVATIONS)
        is_weight = load.en & (load.target == Target.WEIGHTS)
        bits = (depth - 1).bit_length()
        m.d.comb += [
            loader.enable.eq(~self.busy),
            self.error.eq(loader.error),
            weights.en.eq(read | is_weight),
            weights.we.eq(is_weight),
            weights.address.eq(Mux(is_weight, load.address, address)),
            weights.w_data.eq(load.data),
            taken.addr.eq(Cat(column[:bits], half)),
            shown.addr.eq(Cat(emitter.readout.row[:bits], ~half)),
            shown.en.eq(emitter.readout.read),
            written.en.eq(is_activation | write_back.o_valid),
            written.addr.eq(
                Mux(is_activation, load.address[:bits], Cat(write_back.o_row[:bits], ~half))
            ),
            written.data.eq(
                Mux(is_activation, load.data[:16].as_signed(), write_back.o_activation)
            ),
            total.eq(accumulator + taken.data * weights.r_data[:16].as_signed()),
            write_back.shift.eq(word.shift),
            write_back.relu.eq(word.relu),
            write_back.i_row.eq(row),
            write_back.i_rounded.eq(accumulator + ((1 << word.shift) >> 1)),
            emitter.word.eq(Mux(counted, Cat(saturations, overflows), Cat(shown.data))),
            emitter.request.pass_index.eq(pass_index),
            emitter.request.outputs.eq(word.outputs),
            emitter.request.central.eq(Cat(cycles, products)),
        ]
        m.d.sync += counted.eq(emitter.readout.count)
        with m.If(read):
            m.d.sync += address.eq(address + 1)
        with m.If(add):
            m.d.sync += [accumulator.eq(total), column.eq(column + 1), products.eq(products + 1)]
            with m.If(total[31] != total[32]):
                m.d.sync += [overflows.eq(overflows + 1), self.overflow.eq(1)]
        with m.If(write_back.o_saturated):
            m.d.sync += saturations.eq(saturations + 1)

        with m.FSM() as fsm:
            with m.State("Idle"):
                m.d.sync += [half.eq(0), address.eq(0), pass_index.eq(0)]
                with m.If(self.start):
                    m.d.sync += self.overflow.eq(0)
                    m.next = "Fetch"
            with m.State("Fetch"):
                m.d.comb += program.fetch.eq(1)
                m.d.sync += [row.eq(0), cycles.eq(1), products.eq(0)]
                m.d.sync += [saturations.eq(0), overflows.eq(0)]
                m.next = "Wait"
            with m.State("Wait"), m.If(program.described):
                m.next = "Bias"
            with m.State("Bias"):
                m.d.comb += read.eq(1)
                m.d.sync += column.eq(0)
                m.next = "First"
            with m.State("First"):
                m.d.comb += read.eq(1)
                m.d.sync += accumulator.eq(weights.r_data)
                m.next = "Multiply"
            with m.State("Multiply"):
                m.d.comb += [add.eq(1), read.eq(column + 1 < word.inputs)]
                with m.If(column + 1 == word.inputs):
                    m.next = "Round"
            with m.State("Round"):
                m.d.comb += write_back.i_valid.eq(1)
                m.next = "Scale"
            with m.State("Scale"):
                m.next = "Write"
            with m.State("Write"):
                m.d.sync += row.eq(row + 1)
                m.next = "Bias"
                with m.If(row + 1 == word.outputs):
                    m.next = "EmitOutputs"
            for state, kind, wanted, following in (
                ("EmitOutputs", Kind.OUTPUTS, word.emit_outputs, "EmitCounters"),
                ("EmitCounters", Kind.COUNTERS, word.emit_counters, "Next"),
            ):
                with m.State(state):
                    request = emitter.request
                    m.d.comb += [request.valid.eq(wanted), request.kind.eq(kind)]
                    with m.If(request.done | ~wanted):
                        m.next = following
            with m.State("Next"):
                m.d.sync += [half.eq(~half), pass_index.eq(pass_index + 1)]
                m.next = "Fetch"
                with m.If(word.last):
                    m.d.comb += [program.rewind.eq(1), self.done.eq(1)]
                    m.next = "Idle"
        counted = ("Wait", "Bias", "First", "Multiply", "Round", "Scale", "Write")
        with m.If(Cat(fsm.ongoing(state) for state in counted).any()):
            m.d.sync += cycles.eq(cycles + 1)
        m.d.comb += self.busy.eq(~fsm.ongoing("Idle"))
        return m


class DotHardware(Hardware[Config]):
    """The block of the minimal engine."""

    top = "zskip_dot"

    def verilog(self, config: Config) -> str:
        """Return SRAM and block."""
        return "\n".join([sram.VERILOG.read_text(), convert(DotBlock(config), self.top)])

    def instance(self, memory: str, pe: int | None) -> str:
        """Return where weights and program are."""
        return {"weights": "weights", "program": "passes.sram"}[memory]


ENGINE = DotHardware()
