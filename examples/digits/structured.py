"""A pattern of N:M in a training loop of one's own: train, prune once, train as long again, export.

Prints how many test images are right at each stage; the README beside it says more. Needs the
`examples` extra.

    python examples/digits/structured.py structured.npz 2:4
"""

import sys
from collections import OrderedDict

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

from zskip.train import export, prune

EPOCHS = 60
torch.manual_seed(0)
torch.set_num_threads(1)  # more of them round sums in another order
x, y = load_digits(return_X_y=True)
split = train_test_split(x.astype("float32") / 16, y, test_size=360, stratify=y, random_state=0)
inputs, test_inputs, labels, test_labels = map(torch.from_numpy, split)
layers = {"fc1": nn.Linear(64, 256), "relu1": nn.ReLU(), "fc2": nn.Linear(256, 128)}
layers |= {"relu2": nn.ReLU(), "fc3": nn.Linear(128, 10)}
model = nn.Sequential(OrderedDict(layers))


def fit() -> None:
    """Train on noisy images, with the same schedule each time."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(labels)).split(32):
            scores = model(inputs[batch] + 0.2 * torch.randn(len(batch), 64))
            optimizer.zero_grad()
            nn.functional.cross_entropy(scores, labels[batch], label_smoothing=0.05).backward()
            optimizer.step()
        schedule.step()


def report(stage: str) -> None:
    """Print how many test images are right, which no choice above was made by."""
    print(f"{stage:7} {(model(test_inputs).argmax(1) == test_labels).sum()} of {len(test_labels)}")


fit()
report("dense")
prune(model, pattern=sys.argv[2])
report("pruned")
fit()
report("trained")
export(model, sys.argv[1])
