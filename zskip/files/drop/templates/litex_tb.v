// The system of soc.py: the golden vectors over its bus, by `host` in place of a processor.
`timescale 1ns / 1ps
`include "registers.vh"
`include "network.vh"
`include "soc.vh"

module soc_tb;
  reg [63:0] load[0:`ZSKIP_LOAD_WORDS-1];
  reg [63:0] inputs[0:`ZSKIP_VECTORS*`ZSKIP_INPUT_WORDS-1];
  reg [63:0] outputs[0:`ZSKIP_VECTORS*`ZSKIP_OUTPUT_WORDS-1];

  reg clk = 0;
  reg rst = 1;
  reg [31:0] address = 0;
  reg [31:0] w_data = 0;
  reg aw_valid = 0, w_valid = 0, ar_valid = 0;
  wire aw_ready, w_ready, b_valid, ar_ready, r_valid;
  wire [1:0] b_resp, r_resp;
  wire [31:0] r_data;

  soc dut (
      .clk(clk),
      .rst(rst),
      .host_awaddr(address),
      .host_awprot(3'b0),
      .host_awvalid(aw_valid),
      .host_awready(aw_ready),
      .host_wdata(w_data),
      .host_wstrb(4'hf),
      .host_wvalid(w_valid),
      .host_wready(w_ready),
      .host_bresp(b_resp),
      .host_bvalid(b_valid),
      .host_bready(1'b1),
      .host_araddr(address),
      .host_arprot(3'b0),
      .host_arvalid(ar_valid),
      .host_arready(ar_ready),
      .host_rdata(r_data),
      .host_rresp(r_resp),
      .host_rvalid(r_valid),
      .host_rready(1'b1)
  );

  always #5 clk = !clk;

  task fail(input [8*64-1:0] what);
    begin
      $display("FAIL: %0s", what);
      $fatal(1);
    end
  endtask

  reg answered;
  reg [31:0] value;
  always @(posedge clk) begin
    if (b_valid || r_valid) answered <= 1;
    if (r_valid) value <= r_data;
    if (b_valid && b_resp != 0 || r_valid && r_resp != 0) fail("the bus refuses an access");
  end

  task write(input [31:0] where, input [31:0] what);
    reg taken_aw, taken_w;
    begin
      answered = 0;
      address = where;
      w_data = what;
      aw_valid = 1;
      w_valid = 1;
      while (aw_valid || w_valid) begin
        #1 taken_aw = aw_ready;
        taken_w = w_ready;
        @(negedge clk);
        if (taken_aw) aw_valid = 0;
        if (taken_w) w_valid = 0;
      end
      while (!answered) @(negedge clk);
    end
  endtask

  task read(input [31:0] where);  // into `value`
    begin
      answered = 0;
      address = where;
      ar_valid = 1;
      #1;
      while (!ar_ready) begin
        @(negedge clk);
        #1;
      end
      @(negedge clk);
      ar_valid = 0;
      while (!answered) @(negedge clk);
    end
  endtask

  integer left = 0;
  task send(input [63:0] word);
    begin
      left = left == 0 ? word[63:44] : left - 1;
      write(`SOC_LOW, word[31:0]);
      write(`SOC_HIGH, word[63:32]);
      value = 0;
      while (!value[0]) read(`SOC_READY);
      write(`SOC_SEND, left == 0);
    end
  endtask

  integer vector, at, polls;
  reg [63:0] word;
  task run;
    begin
      write(`SOC_ZSKIP + `ZSKIP_CONTROL, 1 << `ZSKIP_CONTROL_START_LOW);
      value = 1 << `ZSKIP_STATUS_BUSY_LOW;
      for (polls = 0; value[`ZSKIP_STATUS_BUSY_LOW] && polls < `ZSKIP_CYCLE_LIMIT; polls = polls + 1)
        read(`SOC_ZSKIP + `ZSKIP_STATUS);
      if (!value[`ZSKIP_STATUS_DONE_LOW] || value >> `ZSKIP_STATUS_ERROR_LOW) fail("the run");
      for (at = 0; at < `ZSKIP_OUTPUT_WORDS; at = at + 1) begin
        read(`SOC_AVAILABLE);
        if (!value[0]) fail("there are too few results");
        read(`SOC_RESULT_LOW);
        word[31:0] = value;
        read(`SOC_RESULT_HIGH);
        word[63:32] = value;
        write(`SOC_TAKE, 1);
        if (word !== outputs[vector*`ZSKIP_OUTPUT_WORDS+at]) begin
          $display("vector %0d, word %0d: %h", vector, at, word);
          fail("results differ");
        end
      end
      read(`SOC_AVAILABLE);
      if (value[0]) fail("there are too many results");
    end
  endtask

  initial begin
    $readmemh("load.hex", load);
    $readmemh("vectors/inputs.hex", inputs);
    $readmemh("vectors/outputs.hex", outputs);
    repeat (4) @(negedge clk);
    rst = 0;
    @(negedge clk);
    read(`SOC_ZSKIP + `ZSKIP_ID);
    if (value != `ZSKIP_IDENTIFICATION) fail("there is no block");
    for (at = 0; at < `ZSKIP_LOAD_WORDS; at = at + 1) send(load[at]);
    for (vector = 0; vector < `ZSKIP_VECTORS; vector = vector + 1) begin
      for (at = 0; at < `ZSKIP_INPUT_WORDS; at = at + 1)
        send(inputs[vector*`ZSKIP_INPUT_WORDS+at]);
      run;
    end
    $display("PASS: %0d vectors", vector);
    $finish;
  end
endmodule
