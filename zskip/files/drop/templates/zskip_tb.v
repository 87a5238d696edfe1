// Test bench of a drop: loads the network, runs input vectors, checks or prints what comes out.
// `make test` and `make run` start it. Arguments:
//
//   (none)              run the golden vectors: outputs, and of every layer outputs and counters
//   +input=FILE         run the input vectors of a text file of real numbers, print the outputs
//   +expected=FILE      compare these with real numbers of a text file
//   +tolerance=X        largest difference that is accepted, 0 without it
//   +images             the memories are filled by +zskip_images=FOLDER, so load nothing
//   +stall              take results and give words with random pauses
//   +waves=FILE         write a waveform
`timescale 1ns / 1ps
`include "registers.vh"
`include "network.vh"

module zskip_tb;
  localparam LONGEST = `ZSKIP_LAYER_WORDS > `ZSKIP_OUTPUT_WORDS ?
      `ZSKIP_LAYER_WORDS : `ZSKIP_OUTPUT_WORDS;
  localparam TIMEOUT = 1000 + 4 * (`ZSKIP_CYCLE_LIMIT + `ZSKIP_TILE_WORDS + LONGEST);

  reg [63:0] load[0:`ZSKIP_LOAD_WORDS-1];
  reg [63:0] tiles[0:`ZSKIP_TILE_WORDS];
  reg [63:0] trace[0:`ZSKIP_TRACE_WORDS-1];
  reg [63:0] inputs[0:`ZSKIP_VECTORS*`ZSKIP_INPUT_WORDS-1];
  reg [63:0] outputs[0:`ZSKIP_VECTORS*`ZSKIP_OUTPUT_WORDS-1];
  reg [63:0] layers[0:`ZSKIP_VECTORS*`ZSKIP_LAYER_WORDS-1];
  reg [31:0] cycles[0:`ZSKIP_VECTORS-1];
  reg [31:0] gather[0:`ZSKIP_INPUTS_USED-1];
  reg [31:0] rows[0:`ZSKIP_OUTPUTS-1];

  reg clk = 0;
  reg resetn = 0;
  reg [11:0] address = 0;
  reg [31:0] w_data = 0;
  reg aw_valid = 0, w_valid = 0, ar_valid = 0;
  wire aw_ready, w_ready, b_valid, ar_ready, r_valid, irq;
  wire [1:0] b_resp, r_resp;
  wire [31:0] r_data;
  reg [63:0] payload = 0;
  reg valid = 0, last = 0;
  reg o_ready = 1;
  wire ready, o_valid, o_last;
  wire [63:0] o_data;

  wire [63:0] i_payload;
  wire i_valid, i_ready, i_last, booted;
`ifdef ZSKIP_BOOT
  zskip_boot #(
      .FILE("load.hex"),
      .WORDS(`ZSKIP_LOAD_WORDS)
  ) boot (
      .aclk(clk),
      .aresetn(resetn),
      .s_axis_tdata(payload),
      .s_axis_tvalid(valid),
      .s_axis_tready(ready),
      .s_axis_tlast(last),
      .m_axis_tdata(i_payload),
      .m_axis_tvalid(i_valid),
      .m_axis_tready(i_ready),
      .m_axis_tlast(i_last),
      .booted(booted)
  );
`else
  assign i_payload = payload;
  assign i_valid = valid;
  assign i_last = last;
  assign ready = i_ready;
  assign booted = 1'b1;
`endif

  `ZSKIP_TOP dut (
      .aclk(clk),
      .aresetn(resetn),
      .s_axil_awaddr(address),
      .s_axil_awvalid(aw_valid),
      .s_axil_awready(aw_ready),
      .s_axil_wdata(w_data),
      .s_axil_wstrb(4'hf),
      .s_axil_wvalid(w_valid),
      .s_axil_wready(w_ready),
      .s_axil_bresp(b_resp),
      .s_axil_bvalid(b_valid),
      .s_axil_bready(1'b1),
      .s_axil_araddr(address),
      .s_axil_arvalid(ar_valid),
      .s_axil_arready(ar_ready),
      .s_axil_rdata(r_data),
      .s_axil_rresp(r_resp),
      .s_axil_rvalid(r_valid),
      .s_axil_rready(1'b1),
      .s_axis_tdata(i_payload),
      .s_axis_tvalid(i_valid),
      .s_axis_tready(i_ready),
      .s_axis_tlast(i_last),
      .m_axis_tdata(o_data),
      .m_axis_tvalid(o_valid),
      .m_axis_tready(o_ready),
      .m_axis_tlast(o_last),
      .irq(irq)
  );

  always #5 clk = !clk;

  // Everything is driven at falling edges, so that rising ones find it settled.
  reg stall;
  reg [64:0] taken[0:LONGEST-1];
  integer received = 0;
  integer now = 0;
  always @(posedge clk) begin
    now <= now + 1;
    if (o_valid && o_ready) begin
      if (received < LONGEST) taken[received] <= {o_last, o_data};
      received <= received + 1;
    end
  end
  always @(negedge clk) o_ready <= !stall || ($random & 3) != 0;

  task fail(input [8*64-1:0] what);
    begin
      $display("FAIL: %0s", what);
      $fatal(1);
    end
  endtask

  reg taken_aw, taken_w;
  task write_register(input [11:0] where, input [31:0] value);
    begin
      address = where;
      w_data = value;
      aw_valid = 1;
      w_valid = 1;
      while (aw_valid || w_valid) begin
        #1 taken_aw = aw_ready;
        taken_w = w_ready;
        @(negedge clk);
        if (taken_aw) aw_valid = 0;
        if (taken_w) w_valid = 0;
      end
      while (!b_valid) @(negedge clk);
      if (b_resp != 0) fail("a write to a register is refused");
      @(negedge clk);
    end
  endtask

  reg [31:0] value;
  task read_register(input [11:0] where);  // into `value`
    begin
      address = where;
      ar_valid = 1;
      #1;
      while (!ar_ready) @(negedge clk);
      @(negedge clk);
      ar_valid = 0;
      while (!r_valid) @(negedge clk);
      value = r_data;
      if (r_resp != 0) fail("a read of a register is refused");
      @(negedge clk);
    end
  endtask

  // Send a word; `left` counts the data words of its packet, so that the last one is marked.
  integer left = 0;
  task send(input [63:0] word);
    begin
      while (stall && ($random & 3) == 0) @(negedge clk);
      left = left == 0 ? word[63:44] : left - 1;
      payload = word;
      last = left == 0;
      valid = 1;
      #1;
      while (!ready) @(negedge clk);
      @(negedge clk);
      valid = 0;
    end
  endtask

  task error_of_block;
    begin
      read_register(`ZSKIP_ERROR);
      $display("error code %0d", value);
      read_register(`ZSKIP_ERROR_BEAT);
      $display("beat %0d", value);
      fail("the block reports an error");
    end
  endtask

  // Start, and wait until as many words came as one vector gives.
  integer tile_word, begun, run_cycles, load_cycles, read_cycles;
  task run(input integer words);
    begin
      received = 0;
      begun = now;
      write_register(`ZSKIP_CONTROL, 1 << `ZSKIP_CONTROL_START_LOW);
      for (tile_word = 0; tile_word < `ZSKIP_TILE_WORDS; tile_word = tile_word + 1)
        send(tiles[tile_word]);
      while (!irq && now - begun < TIMEOUT) @(negedge clk);
      read_register(`ZSKIP_IRQ_CAUSE);
      write_register(`ZSKIP_IRQ_CAUSE, value);
      if (value >> `ZSKIP_IRQ_CAUSE_ERROR_LOW & 1) error_of_block;
      if (value == 0) fail("the run has not ended in time");
      read_register(`ZSKIP_STATUS);
      while (value >> `ZSKIP_STATUS_SENDING_LOW & 1) read_register(`ZSKIP_STATUS);
      if (received != words) begin
        $display("%0d words instead of %0d", received, words);
        fail("number of words of results");
      end
      read_register(`ZSKIP_RUN_CYCLES);
      run_cycles = value;
      read_register(`ZSKIP_LOAD_CYCLES);
      load_cycles = value;
      read_register(`ZSKIP_READ_CYCLES);
      read_cycles = value;
    end
  endtask

  integer at, mistakes;
  task compare(input integer vector, input [64:0] got, input [63:0] expected);
    begin
      if (got[63:0] !== expected) begin
        if (mistakes < 10)
          $display("vector %0d, word %0d: %h instead of %h", vector, at, got[63:0], expected);
        mistakes = mistakes + 1;
      end
    end
  endtask

  integer vector, sent, packet;
  // Run the golden vectors; `traced` with the outputs and counters of every layer.
  task golden(input traced);
    integer words;
    begin
      words = traced ? `ZSKIP_LAYER_WORDS : `ZSKIP_OUTPUT_WORDS;
      for (vector = 0; vector < `ZSKIP_VECTORS; vector = vector + 1) begin
        for (at = 0; at < `ZSKIP_INPUT_WORDS; at = at + 1)
          send(inputs[vector*`ZSKIP_INPUT_WORDS+at]);
        run(words);
        packet = 0;
        for (at = 0; at < words; at = at + 1) begin
          compare(vector, taken[at],
                  traced ? layers[vector*words+at] : outputs[vector*words+at]);
          packet = packet == 0 ? taken[at][63:44] : packet - 1;
          if (taken[at][64] !== (packet == 0)) fail("the mark of the last word of a packet");
        end
        $display("vector %0d, %0d words: %0d cycles to load, %0d to run, computing %0d, %0d to read",
                 vector, words, load_cycles, run_cycles, cycles[vector], read_cycles);
      end
    end
  endtask

  // Numbers of the block to and from real ones; the guide tells the same in words.
  localparam DROPPED = 52 - `ZSKIP_FRACTION_BITS;
  localparam LEAST = 2 - (1 << (`ZSKIP_EXPONENT_BITS - 1));

  function [31:0] to_float(input real x);
    reg [63:0] bits, significand, rest;
    integer exponent, dropped;
    begin
      bits = $realtobits(x);
      exponent = bits[62:52] - 1023;
      dropped = DROPPED + (exponent < LEAST ? LEAST - exponent : 0);
      significand = {12'b1, bits[51:0]};
      if (dropped > 54 || bits[62:52] == 0) significand = 0;
      rest = significand & ~(64'hffffffffffffffff << dropped);
      significand = significand >> dropped;
      if (rest > (64'b1 << (dropped - 1)) || (rest == (64'b1 << (dropped - 1)) && significand[0]))
        significand = significand + 1;
      if (exponent > LEAST)
        significand = significand + ((exponent - LEAST) << `ZSKIP_FRACTION_BITS);
      to_float = significand[31:0] | (bits[63] ? 32'b1 << `ZSKIP_PLACE_BITS - 1 : 0);
    end
  endfunction

  function real from_float(input [31:0] word);
    reg [63:0] bits;
    reg [31:0] exponent, fraction;
    real x;
    begin
      fraction = word & ~(32'hffffffff << `ZSKIP_FRACTION_BITS);
      exponent = (word >> `ZSKIP_FRACTION_BITS) & ~(32'hffffffff << `ZSKIP_EXPONENT_BITS);
      if (exponent == 0) begin
        x = fraction * `ZSKIP_LEAST_NUMBER;
        bits = $realtobits(x);
      end else if (exponent == ~(32'hffffffff << `ZSKIP_EXPONENT_BITS))
        bits = {12'h7ff, fraction != 0, 51'b0};
      else bits = {1'b0, 11'd1022 + LEAST[10:0] + exponent[10:0], 52'b0} | fraction << DROPPED;
      bits[63] = word[`ZSKIP_PLACE_BITS-1];
      from_float = $bitstoreal(bits);
    end
  endfunction

  function [31:0] to_word(input real x);
    real scaled, below;
    integer whole;
    begin
      scaled = x * `ZSKIP_INPUT_SCALE * `ZSKIP_INPUT_UNITS;
      if (`ZSKIP_FLOATING == 0) begin
        below = $floor(scaled);
        scaled = scaled - below >= 0.5 ? below + 1.0 : below;
      end
      if (scaled > `ZSKIP_INPUT_HIGH) scaled = `ZSKIP_INPUT_HIGH;
      if (scaled < `ZSKIP_INPUT_LOW) scaled = `ZSKIP_INPUT_LOW;
      whole = `ZSKIP_FLOATING != 0 ? 0 : $rtoi(scaled);
      to_word = `ZSKIP_FLOATING != 0 ? to_float(scaled) : whole;
    end
  endfunction

  function real to_real(input [31:0] word);
    integer whole;
    begin
      whole = $signed(word[15:0]);
      if (`ZSKIP_FLOATING != 0) to_real = from_float(word);
      else to_real = whole * `ZSKIP_OUTPUT_UNIT;
    end
  endfunction

  // Run the vectors of a text file.
  localparam PER_WORD = 64 / `ZSKIP_PLACE_BITS;
  real values[0:`ZSKIP_INPUTS-1];
  real results[0:`ZSKIP_OUTPUTS-1];
  real expected_value, difference, tolerance;
  integer file, expected_file, status, i, k, best;
  reg [63:0] packed_word;
  reg [31:0] element;
  reg [8*1024-1:0] name;

  task read_vector;  // `status` is 1 with a whole vector, 0 at the end of the file
    begin
      i = 0;
      status = 1;
      while (status == 1 && i < `ZSKIP_INPUTS) begin
        status = $fscanf(file, " %f", values[i]);
        if (status == 1) i = i + 1;
      end
      if (status != 1) begin
        if (i != 0 || !$feof(file)) begin
          $display("%0d numbers behind vector %0d, %0d make one", i, vector, `ZSKIP_INPUTS);
          fail("the input file must hold whole vectors of real numbers");
        end
        status = 0;
      end
    end
  endtask

  task send_vector;
    begin
      send(inputs[0]);
      for (i = 0; i < `ZSKIP_INPUTS_USED; i = i + PER_WORD) begin
        packed_word = 0;
        for (k = 0; k < PER_WORD; k = k + 1)
          if (i + k < `ZSKIP_INPUTS_USED) begin
            element = to_word(values[gather[i+k]]);
            packed_word[k*`ZSKIP_PLACE_BITS+:`ZSKIP_PLACE_BITS] = element[`ZSKIP_PLACE_BITS-1:0];
          end
        send(packed_word);
      end
    end
  endtask

  task print_vector;
    begin
      for (i = 0; i < `ZSKIP_OUTPUTS; i = i + 1) begin
        packed_word = taken[1+i/PER_WORD][63:0];
        element = packed_word[(i%PER_WORD)*`ZSKIP_PLACE_BITS+:`ZSKIP_PLACE_BITS];
        results[rows[i]] = to_real(element);
      end
      best = 0;
      for (i = 0; i < `ZSKIP_OUTPUTS; i = i + 1) begin
        if (results[i] > results[best]) best = i;
        $display("output %0d.%0d = %0.9g", vector, i, results[i]);
        if (expected_file != 0) begin
          if ($fscanf(expected_file, " %f", expected_value) != 1)
            fail("the file of expected outputs is too short");
          difference = results[i] > expected_value ?
              results[i] - expected_value : expected_value - results[i];
          if (!(difference <= tolerance)) begin
            $display("output %0d.%0d: expected %0.9g", vector, i, expected_value);
            mistakes = mistakes + 1;
          end
        end
      end
      $display("vector %0d: output %0d is the largest, %0d cycles", vector, best,
               run_cycles);
    end
  endtask

  task own;
    begin
      file = $fopen(name, "r");
      if (file == 0) fail("the input file cannot be opened");
      expected_file = 0;
      if ($value$plusargs("expected=%s", name)) begin
        expected_file = $fopen(name, "r");
        if (expected_file == 0) fail("the file of expected outputs cannot be opened");
      end
      vector = 0;
      read_vector;
      while (status == 1) begin
        send_vector;
        run(`ZSKIP_OUTPUT_WORDS);
        print_vector;
        vector = vector + 1;
        read_vector;
      end
      if (vector == 0) fail("the input file must hold at least one vector");
    end
  endtask

  task read_files;
    begin
      $readmemh("load.hex", load);
      if (`ZSKIP_TILE_WORDS != 0) $readmemh("tiles.hex", tiles, 0, `ZSKIP_TILE_WORDS - 1);
      $readmemh("vectors/trace.hex", trace);
      $readmemh("vectors/inputs.hex", inputs);
      $readmemh("vectors/outputs.hex", outputs);
      $readmemh("vectors/layers.hex", layers);
      $readmemh("vectors/cycles.hex", cycles);
      $readmemh("vectors/gather.hex", gather);
      $readmemh("vectors/rows.hex", rows);
    end
  endtask

  initial begin
    stall = $test$plusargs("stall");
    if ($value$plusargs("waves=%s", name)) begin
      $dumpfile(name);
      $dumpvars(0, zskip_tb);
    end
    if (!$value$plusargs("tolerance=%f", tolerance)) tolerance = 0.0;
    mistakes = 0;
    read_files;
    repeat (3) @(negedge clk);
    resetn = 1;
    @(negedge clk);
    write_register(`ZSKIP_IRQ_ENABLE, 32'hffffffff);
    sent = now;
`ifndef ZSKIP_BOOT
    if (!$test$plusargs("images"))
      for (at = 0; at < `ZSKIP_LOAD_WORDS; at = at + 1) send(load[at]);
`endif
    while (!booted) @(negedge clk);
    $display("%0d cycles to load the network", now - sent);
    if ($value$plusargs("input=%s", name)) own;
    else begin
      golden(0);
      for (at = 0; at < `ZSKIP_TRACE_WORDS; at = at + 1) send(trace[at]);
      golden(1);
    end
    if (mistakes != 0) begin
      $display("%0d words or outputs are wrong", mistakes);
      fail("results differ");
    end
    $display("PASS: %0d vectors", vector);
    $finish;
  end

`include "states.vh"
endmodule
