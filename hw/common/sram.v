// Single-port synchronous SRAM: one read or write per cycle. The read data appears in the cycle
// after `en` and is held until the next read. Replace this module by a macro in an ASIC flow; an
// FPGA flow infers block RAM from it.
module zskip_sram #(
    parameter WIDTH = 64,
    parameter DEPTH = 1024,
    parameter ADDRESS_BITS = 10
) (
    input wire clk,
    input wire en,
    input wire we,
    input wire [ADDRESS_BITS-1:0] address,
    input wire [WIDTH-1:0] w_data,
    output reg [WIDTH-1:0] r_data
);
  reg [WIDTH-1:0] memory[0:DEPTH-1];

  always @(posedge clk) begin
    if (en) begin
      if (we) memory[address] <= w_data;
      else r_data <= memory[address];
    end
  end
endmodule
