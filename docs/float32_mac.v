// A plain multiplier array for float32, to set beside the Bitlet engine: PAIRS products a cycle.
// Products are aligned to the largest exponent so far, as the engine's are, and added exactly.
module float32_mac #(
    parameter PAIRS = 2,
    parameter ACC_BITS = 61
) (
    input  wire                       clk,
    input  wire                       first,   // the accumulator starts anew
    input  wire [32*PAIRS-1:0]        weights,
    input  wire [32*PAIRS-1:0]        activations,
    output reg  signed [ACC_BITS-1:0] sum,
    output reg  [8:0]                 exponent
);
    function [8:0] field(input [31:0] word);
        field = {1'b0, word[30:24], word[23] | ~|word[30:23]};
    endfunction

    function [23:0] significand(input [31:0] word);
        significand = {|word[30:23], word[22:0]};
    endfunction

    // Stage 1: exponents and products.
    reg                     started;
    reg [9*PAIRS-1:0]       exponents;
    reg [48*PAIRS-1:0]      products;
    reg [PAIRS-1:0]         negative;
    integer pair;
    always @(posedge clk) begin
        started <= first;
        for (pair = 0; pair < PAIRS; pair = pair + 1) begin
            products[48*pair +: 48] <= significand(weights[32*pair +: 32])
                                     * significand(activations[32*pair +: 32]);
            exponents[9*pair +: 9] <=
                |significand(weights[32*pair +: 32]) & |significand(activations[32*pair +: 32])
                ? field(weights[32*pair +: 32]) + field(activations[32*pair +: 32]) : 9'd0;
            negative[pair] <= weights[32*pair + 31] ^ activations[32*pair + 31];
        end
    end

    // Stage 2: the largest exponent, and products aligned to it.
    reg [8:0] largest;
    reg signed [ACC_BITS-1:0] total;
    reg signed [48:0] aligned;
    integer place;
    always @* begin
        largest = started ? 9'd0 : exponent;
        for (place = 0; place < PAIRS; place = place + 1)
            if (exponents[9*place +: 9] > largest) largest = exponents[9*place +: 9];
        total = started ? 0 : sum >>> (largest - exponent);
        for (place = 0; place < PAIRS; place = place + 1) begin
            aligned = products[48*place +: 48] >> (largest - exponents[9*place +: 9]);
            total = negative[place] ? total - aligned : total + aligned;
        end
    end
    always @(posedge clk) begin
        sum <= total;
        exponent <= largest;
    end
endmodule
