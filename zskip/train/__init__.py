"""Deep Compression inside a training loop of one's own: prune, share weights, export.

Three calls stand between the lines of any PyTorch training loop:

1. `prune` makes the smallest weights zero and holds them there, at once or in steps, or to a
   pattern such as 2:4;
2. `share_weights` leaves at most ``2**bits - 1`` values per layer, which go on training;
3. `export` writes a file of weights that ``zskip compress`` takes as it is.

They take any `torch.nn.Module` whose `torch.nn.Linear` layers form a chain, with ReLU after each
but the last. Needs PyTorch, which comes with the extra ``train``.

Examples
--------
A loop that fits random labels, for want of data:

>>> import torch
>>> from torch import nn
>>> from zskip.train import export, prune, share_weights
>>> _ = torch.manual_seed(0)
>>> model = nn.Sequential(nn.Linear(20, 50), nn.ReLU(), nn.Linear(50, 5))
>>> inputs, labels = torch.randn(100, 20), torch.randint(5, (100,))
>>> def fit(epochs):
...     optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
...     for _ in range(epochs):
...         optimizer.zero_grad()
...         nn.functional.cross_entropy(model(inputs), labels).backward()
...         optimizer.step()
>>> fit(50)
>>> for step in range(1, 5):
...     reached = prune(model, density=0.3, step=step, steps=4)
...     fit(20)
>>> reached
{'0': 0.3, '2': 0.3}
>>> share_weights(model, bits=4)
>>> fit(20)
>>> export(model, "network.npz")
"""

from importlib.util import find_spec

if find_spec("torch") is None:
    raise ModuleNotFoundError(
        "zskip.train must have PyTorch, but there is none: python -m pip install 'zskip[train]'",
        name="torch",
    )

from zskip.train.exporting import export
from zskip.train.pruning import prune
from zskip.train.sharing import share_weights

__all__ = ["export", "prune", "share_weights"]
