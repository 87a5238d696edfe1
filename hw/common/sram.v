// Single-port synchronous SRAM: one read or write per cycle; a write changes the lanes of the word
// whose `we` is set. The read data appears in the cycle after `en` and is held until the next
// read. Replace this module by a macro in an ASIC flow; an
// FPGA flow infers block RAM from it.
module zskip_sram #(
    parameter WIDTH = 64,
    parameter DEPTH = 1024,
    parameter LANES = 1,
    parameter ADDRESS_BITS = 10
) (
    input wire clk,
    input wire en,
    input wire [LANES-1:0] we,
    input wire [ADDRESS_BITS-1:0] address,
    input wire [WIDTH-1:0] w_data,
    output reg [WIDTH-1:0] r_data
);
  localparam LANE_BITS = WIDTH / LANES;

  reg [WIDTH-1:0] memory[0:DEPTH-1];
  integer lane;

  always @(posedge clk) begin
    if (en) begin
      for (lane = 0; lane < LANES; lane = lane + 1)
        if (we[lane])
          memory[address][lane*LANE_BITS+:LANE_BITS] <= w_data[lane*LANE_BITS+:LANE_BITS];
      if (we == 0) r_data <= memory[address];
    end
  end
endmodule
