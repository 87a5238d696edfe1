"""Weights in an ``.h5`` file of Keras: a whole model, or its weights only.

A whole model must be a chain of fully connected layers; dropouts are left out, and batch
normalizations are multiplied into the layers in float64. A file of weights does not tell what
stands between its matrices: every layer but the last is taken to end in ReLU.
"""

from pathlib import Path

from zskip.files.formats.guard import check_layer_count, naming
from zskip.files.formats.keras_config import parse_config
from zskip.files.formats.keras_h5 import load
from zskip.files.formats.keras_model import dense, model_layers
from zskip.files.formats.state import with_relu
from zskip.model.common.float_network import check_float_network
from zskip.model.common.reference import FloatLayer


def read(path: Path) -> tuple[FloatLayer, ...]:
    """Read the layers of a model, or of a file of weights in its order.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    tuple of FloatLayer
        Of float32.

    Raises
    ------
    InputError
        The file cannot be read, is damaged, or is not such a network; or h5py is missing.
    """
    with naming(path) as size:
        contents = load(path, size)
        tensors = {name: tensors for name, tensors in contents.layers if tensors}
        check_layer_count(len(tensors))
        if contents.config is None:
            layers = with_relu([(name, *dense(name, tensors[name])) for name in tensors])
        else:
            layers = model_layers(parse_config(contents.config), tensors)
        check_float_network(layers)
    return layers
