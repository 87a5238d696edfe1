"""What Verilator compiles by itself; images of test_images.py go through such blocks."""

import pytest

from zskip.verif.common import verilator
from zskip.verif.common.verilator import large_instances, verilator_settings

VERILOG = """
module small (
  input clk
);
endmodule

module pe_part (
  input clk
);
// {text}
endmodule

module pe (
  input clk
);
  pe_part part (
    .clk(clk)
  );
endmodule

module peak (
  input clk
);
// {text}
endmodule

module top (
  input clk,
  output [3:0] ready
);
  pe pe_0 (
    .clk(clk)
  );
  pe pe_1 (
    .clk(clk)
  );
  small small_0 (
    .clk(clk)
  );
  small small_1 (
    .clk(clk)
  );
  peak peak (
    .clk(clk)
  );
endmodule
"""


@pytest.mark.parametrize(
    ("length", "expected"),
    [(0, {}), (verilator.LARGE, {"pe_0": "pe", "pe_1": "pe"})],
)
def test_what_is_large_and_there_several_times(length: int, expected: dict[str, str]) -> None:
    """A module counts with those inside; not what stands there once, whatever its name."""
    assert large_instances(VERILOG.format(text="x" * length)) == expected


def test_settings_name_the_ports_and_the_blocks() -> None:
    assert verilator_settings(VERILOG, "top", ["pe"]).splitlines() == [
        "`verilator_config",
        'public_flat_rw -module "top" -var "clk"',
        'public_flat_rd -module "top" -var "ready"',
        'hier_block -module "pe"',
    ]
