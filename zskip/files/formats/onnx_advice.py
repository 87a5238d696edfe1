"""Advice about ONNX operators that are often met and not supported."""

RELU = "train the network with ReLU in its place"
FLOAT = "export the network before it is quantized"
DEFAULT_ADVICE = "export a chain of fully connected layers and ReLU"
ADVICE = {
    **dict.fromkeys(("Clip", "Celu", "Elu", "HardSigmoid", "LeakyRelu", "PRelu"), RELU),
    **dict.fromkeys(("Selu", "Sigmoid", "Softmax", "Softplus", "Tanh"), RELU),
    **dict.fromkeys(("DynamicQuantizeLinear", "QuantizeLinear"), FLOAT),
}
"""Advice about operators that are often met and not supported."""
