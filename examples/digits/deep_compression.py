"""Deep Compression in a training loop of one's own: train, prune, share weights, export.

Prints how many test images are right at each stage; the README beside it says more. Needs the
`examples` extra.

    python examples/digits/deep_compression.py trained.npz
"""

import sys
from collections import OrderedDict

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

from zskip.train import export, prune, share_weights

DENSITY = {"fc1": 0.08, "fc2": 0.03, "fc3": 0.2}
torch.manual_seed(0)
torch.set_num_threads(1)  # more of them round sums in another order
x, y = load_digits(return_X_y=True)
split = train_test_split(x.astype("float32") / 16, y, test_size=360, stratify=y, random_state=0)
inputs, test_inputs, labels, test_labels = map(torch.from_numpy, split)
layers = {"fc1": nn.Linear(64, 256), "relu1": nn.ReLU(), "fc2": nn.Linear(256, 128)}
layers |= {"relu2": nn.ReLU(), "fc3": nn.Linear(128, 10)}
model = nn.Sequential(OrderedDict(layers))


def fit(epochs: int, learning_rate: float = 2e-3) -> None:
    """Train on noisy images; a new optimizer sees the parameters of this stage."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        for batch in torch.randperm(len(labels)).split(32):
            scores = model(inputs[batch] + 0.2 * torch.randn(len(batch), 64))
            optimizer.zero_grad()
            nn.functional.cross_entropy(scores, labels[batch], label_smoothing=0.05).backward()
            optimizer.step()
        schedule.step()


def report(stage: str) -> None:
    """Print how many test images are right, which no choice above was made by."""
    print(f"{stage:7} {(model(test_inputs).argmax(1) == test_labels).sum()} of {len(test_labels)}")


fit(epochs=60)
report("dense")
for step in range(1, 11):
    prune(model, density=DENSITY, step=step, steps=10)
    fit(epochs=10 if step < 10 else 50)
report("pruned")
share_weights(model, bits=4)
report("shared")
fit(epochs=30, learning_rate=2e-4)
report("tuned")
export(model, sys.argv[1])
