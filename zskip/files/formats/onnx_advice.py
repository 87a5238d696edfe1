"""Advice about ONNX operators that are often met and not supported."""

RELU = "train the network with ReLU in its place"
FLOAT = "export the network before it is quantized"
STATE = "a network with state or attention cannot be compressed; export its fully connected layers"
NO_NETWORK = "it is no neural network; train a multilayer perceptron"
DEFAULT_ADVICE = "export a chain of fully connected layers and ReLU"
ACTIVATIONS = frozenset(
    [
        *("Celu", "Elu", "HardSigmoid", "LeakyRelu", "PRelu", "Selu", "Sigmoid", "Softmax"),
        *("Softplus", "Softsign", "Tanh", "ThresholdedRelu"),
    ]
)
"""Activations that are no ReLU."""

ADVICE = {
    **dict.fromkeys(("DynamicQuantizeLinear", "QuantizeLinear"), FLOAT),
    **dict.fromkeys(
        (
            *("ai.onnx.ml.SVMClassifier", "ai.onnx.ml.SVMRegressor"),
            *("ai.onnx.ml.TreeEnsembleClassifier", "ai.onnx.ml.TreeEnsembleRegressor"),
        ),
        NO_NETWORK,
    ),
}
"""Advice about other operators."""
