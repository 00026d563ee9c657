"""Generated data: two interleaved spirals, lifted into more dimensions, with some labels flipped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DIMENSIONS = 12
FLIPPED_LABELS = 0.08


@dataclass(frozen=True)
class Dataset:
    """Inputs of shape (n, DIMENSIONS) and labels 0 or 1 of shape (n,)."""

    inputs: np.ndarray
    labels: np.ndarray


def spirals(count: int, seed: int, flipped: float = 0.0) -> Dataset:
    """`count` points; the lifting is the same for every seed, so that training and validation data fit together."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, count)
    turn = np.sqrt(random.random(count)) * 2.2 * np.pi
    radius = turn / (2.2 * np.pi)
    angle = turn + labels * np.pi
    plane = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1) + random.normal(0, 0.03, (count, 2))
    lifting = np.random.default_rng(0).normal(0, 1, (2, DIMENSIONS))
    inputs = np.sin(2.0 * plane @ lifting) + random.normal(0, 0.1, (count, DIMENSIONS))
    noisy = np.where(random.random(count) < flipped, 1 - labels, labels)
    return Dataset(inputs, noisy)


def training_data(seed: int) -> Dataset:
    return spirals(1500, seed, FLIPPED_LABELS)


def validation_data() -> Dataset:
    return spirals(1000, 10_007)
