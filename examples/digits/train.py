"""Train, prune and store the handwritten-digits network that ships as an example.

A multilayer perceptron 64 -> 256 -> 128 -> 10 learns scikit-learn's 8 x 8 digits (pixels divided
by 16) and is pruned by magnitude in steps, retraining after each under a mask. Fixed seeds, one
thread: a second run on one machine writes the same bytes. Needs the `examples` extra.

    python examples/digits/train.py              # writes the three .npz files beside this script
    python examples/digits/train.py --validate   # tries the settings without the test images
"""

import argparse
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional

from zskip.train import export, prune

SIZES = (64, 256, 128, 10)
DENSITIES = (0.12, 0.06, 0.25)  # fraction of each layer's weights left at the end
PIXEL_MAX = 16
TEST_IMAGES = 360
VALIDATION_IMAGES = 287
CALIBRATION_IMAGES = 256
PRUNE_STEPS = 12
DENSE_EPOCHS, STEP_EPOCHS, FINAL_EPOCHS = 60, 20, 100
BATCH = 32
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-2
LABEL_SMOOTHING = 0.05
PIXEL_NOISE = 0.2  # standard deviation, added while training
ACTIVATION_PENALTY = 0.03  # on the mean hidden activation: more zeros for the engine to skip


class Images(NamedTuple):
    """Images with their labels.

    Attributes
    ----------
    inputs : ndarray of uint8, shape (images, 64)
        Pixels, row by row, from 0 to 16.
    labels : ndarray of uint8, shape (images,)
        The digit each image shows.
    """

    inputs: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def split(images: Images, held_out: int, seed: int) -> tuple[Images, Images]:
    """Split off `held_out` images at random, each digit by its share; returns (rest, held out)."""
    rest, held, rest_labels, held_labels = train_test_split(
        *images, test_size=held_out, stratify=images.labels, random_state=seed
    )
    return Images(rest, rest_labels), Images(held, held_labels)


class Network(nn.Module):
    """Three fully connected layers, ReLU after the first two."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(
            {f"fc{n + 1}": nn.Linear(SIZES[n], SIZES[n + 1]) for n in range(len(SIZES) - 1)}
        )

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return the scores, shape (images, 10), and the hidden layers' summed mean activation."""
        hidden: list[Tensor] = []
        values = inputs
        for number, layer in enumerate(self.layers.values()):
            values = layer(values)
            if number < len(self.layers) - 1:
                values = torch.relu(values)
                hidden.append(values.mean())
        return values, torch.stack(hidden).sum()


def as_tensor(inputs: NDArray[np.uint8]) -> Tensor:
    """Return pixels as the network takes them: float32 from 0 to 1."""
    return torch.from_numpy(inputs.astype(np.float32) / PIXEL_MAX)


def fit(network: Network, images: Images, epochs: int) -> None:
    """Train with Adam on a falling learning rate; pruned weights stay zero."""
    inputs, labels = as_tensor(images.inputs), torch.from_numpy(images.labels.astype(np.int64))
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        for batch in torch.randperm(len(labels)).split(BATCH):
            noisy = inputs[batch] + PIXEL_NOISE * torch.randn(len(batch), SIZES[0])
            scores, activity = network(noisy)
            loss = functional.cross_entropy(scores, labels[batch], label_smoothing=LABEL_SMOOTHING)
            optimizer.zero_grad()
            (loss + ACTIVATION_PENALTY * activity).backward()
            optimizer.step()
        schedule.step()


def prune_in_steps(network: Network, images: Images) -> dict[str, float]:
    """Prune step by step with retraining after each; returns the share of weights left by layer."""
    density = dict(zip(network.layers, DENSITIES, strict=True))
    left: dict[str, float] = {}
    for step in range(1, PRUNE_STEPS + 1):
        print(f"\rpruning and retraining, step {step} of {PRUNE_STEPS}", end="", flush=True)
        left = prune(network.layers, density=density, step=step, steps=PRUNE_STEPS)
        fit(network, images, STEP_EPOCHS if step < PRUNE_STEPS else FINAL_EPOCHS)
    print()
    return left


@torch.no_grad()
def accuracy(network: Network, images: Images) -> float:
    """Return the fraction of the images given the right label."""
    scores, _ = network(as_tensor(images.inputs))
    return float(np.mean(scores.argmax(1).numpy() == images.labels))


def save(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write a compressed .npz whose bytes depend on nothing but the arrays."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # dated 1980-01-01
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)


def report_density(network: Network, left: Mapping[str, float]) -> None:
    """Print how many weights are left per layer and in total."""
    sizes = {name: layer.weight.numel() for name, layer in network.layers.items()}
    kept = {name: round(share * sizes[name]) for name, share in left.items()}
    for name, layer in network.layers.items():
        shape = f"{layer.out_features} x {layer.in_features}"
        print(f"{name:10} {shape:>9}  {kept[name]:5} left  {left[name]:6.1%}")
    total = sum(sizes.values())
    print(f"{'total':10} {total:9}  {sum(kept.values()):5} left  {sum(kept.values()) / total:6.1%}")


def main() -> None:
    """Train, report and store."""
    parser = argparse.ArgumentParser(description="Train and prune the digits example.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="output folder")
    parser.add_argument("--seed", type=int, default=0, help="of the training; the split is fixed")
    parser.add_argument("--validate", action="store_true", help="leave the test images alone")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    digits = load_digits()
    images = Images(digits.data.astype(np.uint8), digits.target.astype(np.uint8))
    training, test = split(images, TEST_IMAGES, seed=0)
    held_out, name = test, "test"
    if options.validate:
        (training, held_out), name = split(training, VALIDATION_IMAGES, seed=1), "validation"
    torch.manual_seed(options.seed)
    network = Network()
    print("training the dense network")
    fit(network, training, DENSE_EPOCHS)
    count = len(held_out.labels)
    print(f"dense      {accuracy(network, held_out):.2%} of {count} {name} images")
    report_density(network, prune_in_steps(network, training))
    print(f"pruned     {accuracy(network, held_out):.2%} of {count} {name} images")
    if not options.validate:
        _, calibration = split(training, CALIBRATION_IMAGES, seed=2)
        options.out.mkdir(parents=True, exist_ok=True)
        export(network.layers, options.out / "network.npz")
        save(options.out / "calibration.npz", calibration._asdict())
        save(options.out / "test.npz", test._asdict())


if __name__ == "__main__":
    main()
