"""The weight of a layer as a few trained values and a fixed choice among them."""

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils import parametrize


class SharedWeights(nn.Module):
    """Parametrization of a weight by trained centroids and codes that do not change.

    ``weight[i, j]`` is ``centroids[codes[i, j] - 1]``, and 0 where the code is 0. Looking the
    centroids up makes the gradient of each one the sum of the gradients of its weights (Deep
    Compression, section 3.3); zero is no parameter, so it stays zero.

    Parameters
    ----------
    codes : ndarray of uint8, shape (outputs, inputs)
        Which value each weight has: 0 for zero, ``k`` for centroid ``k - 1``.
    count : int
        Number of centroids, at least as large as any code.
    device : torch.device
        Where the weight is.
    """

    codes: Tensor

    def __init__(self, codes: NDArray, count: int, device: torch.device) -> None:
        super().__init__()
        self.count = count
        # int32: indexing by bytes means a mask.
        index = torch.from_numpy(codes).to(device=device, dtype=torch.int32)
        self.register_buffer("codes", index)

    def forward(self, centroids: Tensor) -> Tensor:
        """Return the weight, of the codes' shape, for centroids of shape (count,)."""
        return torch.cat([centroids.new_zeros(1), centroids])[self.codes]

    def right_inverse(self, weight: Tensor) -> Tensor:
        """Return the mean of the weights of each code, shape (count,), 0 for a code unused.

        Weights that are shared already are met exactly: their sums are exact in float64.
        """
        index = self.codes.flatten().long()
        sums = torch.zeros(self.count + 1, dtype=torch.float64, device=weight.device)
        sums.index_add_(0, index, weight.detach().flatten().double())
        counts = torch.bincount(index, minlength=self.count + 1).clamp(min=1)
        return (sums / counts)[1:].to(weight.dtype)


def has_shared_weights(layer: nn.Linear) -> bool:
    """Tell whether the weight of a layer is parametrized by `SharedWeights` alone."""
    if not parametrize.is_parametrized(layer, "weight"):
        return False
    parts = layer.get_submodule("parametrizations.weight").children()
    return [type(part) for part in parts] == [SharedWeights]
