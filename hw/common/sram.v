// Single-port synchronous SRAM: one read or write per cycle; a write changes the lanes of the word
// whose `we` is set. The read data appears in the cycle after `en` and is held until the next
// read. Replace this module by a macro in an ASIC flow; an FPGA flow infers block RAM from it. The
// Verilog of several engines may bring it; the first one counts.
`ifndef ZSKIP_SRAM
`define ZSKIP_SRAM
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

`ifndef SYNTHESIS
  // In a simulation the contents begin with zeros, so that reading a word that nobody wrote does not
  // make the flags of a block unknown.
  integer word;
`ifdef ZSKIP_IMAGES
  // For simulations that ask for it: `+zskip_images=FOLDER` fills the memory from the file of the
  // folder that is named after this instance, or else after the longest end of its path that a file
  // is named after, so that it does not matter where a block stands; without such a file it stays
  // as it is. `+zskip_dump=FOLDER` leaves the contents there at the end.
  integer image;
  integer place;
  integer dot;
  reg [8*1024-1:0] folder;
  reg [8*1024-1:0] name;
  reg [8*2048-1:0] path;
`endif

  initial begin
    for (word = 0; word < DEPTH; word = word + 1) memory[word] = 0;
    r_data = 0;
`ifdef ZSKIP_IMAGES
    if ($value$plusargs("zskip_images=%s", folder)) begin
      image = 0;
      $sformat(name, "%m");
      while (image == 0 && name != 0) begin
        $sformat(path, "%0s/%0s.hex", folder, name);
        image = $fopen(path, "r");
        dot = 0;
        for (place = 0; place < 1024; place = place + 1) if (name[8*place+:8] == ".") dot = place;
        for (place = dot; place < 1024; place = place + 1) name[8*place+:8] = 0;
      end
      if (image != 0) begin
        $fclose(image);
        $readmemh(path, memory);
      end
    end
`endif
  end

`ifdef ZSKIP_IMAGES
  final
    if ($value$plusargs("zskip_dump=%s", folder)) begin
      $sformat(path, "%0s/%m.hex", folder);
      $writememh(path, memory);
    end
`endif
`endif
endmodule
`endif
