// Network in the bitstream: sends the load stream of a file, from a ROM that synthesis infers, and
// then passes on what comes in. It stands in front of the load stream of a block, begins anew with
// each reset, and gives and takes a beat in every cycle. FILE is found from where the tool runs.
// Abort nothing until `booted`: an abort drops the packet under way, and the rest follows it.
module zskip_boot #(
    parameter FILE = "load.hex",
    parameter WORDS = 1
) (
    input wire aclk,
    input wire aresetn,
    input wire [63:0] s_axis_tdata,
    input wire s_axis_tvalid,
    output wire s_axis_tready,
    input wire s_axis_tlast,
    output wire [63:0] m_axis_tdata,
    output wire m_axis_tvalid,
    input wire m_axis_tready,
    output wire m_axis_tlast,
    output wire booted
);
  localparam [31:0] COUNT = WORDS;

  reg [63:0] rom[0:WORDS-1];
  reg [63:0] word;
  reg held;
  reg [31:0] next;
  reg [19:0] left;  // data words of the packet that are still to come; 0 at its header

  wire step = next != COUNT && (!held || m_axis_tready);

  initial $readmemh(FILE, rom);

  always @(posedge aclk) if (step) word <= rom[next[$clog2(WORDS+1)-1:0]];

  always @(posedge aclk)
    if (!aresetn) begin
      held <= 1'b0;
      next <= 32'd0;
      left <= 20'd0;
    end else begin
      if (step) next <= next + 32'd1;
      if (step || m_axis_tready) held <= step;
      if (held && m_axis_tready) left <= left == 20'd0 ? word[63:44] : left - 20'd1;
    end

  assign booted = next == COUNT && !held;
  assign m_axis_tdata = booted ? s_axis_tdata : word;
  assign m_axis_tvalid = booted ? s_axis_tvalid : held;
  assign m_axis_tlast = booted ? s_axis_tlast :
      left == 20'd0 ? word[63:44] == 20'd0 : left == 20'd1;
  assign s_axis_tready = booted && m_axis_tready;
endmodule
