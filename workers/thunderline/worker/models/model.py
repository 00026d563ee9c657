"""The model of a trial, whichever library it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, get_args

if TYPE_CHECKING:
    import numpy as np

Backend = Literal["numpy", "torch", "keras"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)

NORMED_LOGIT_SCALE = 8.0
"""Layers of norm one cannot make a confident prediction by themselves, so a constrained model scales its logits."""


@dataclass(frozen=True)
class ModelSpec:
    """A network of `n_layers` linear layers with ReLU between them, for labels 0 and 1."""

    inputs: int
    hidden_units: int
    n_layers: int
    spectral_norm: bool
    learning_rate: float
    seed: int

    @property
    def sizes(self) -> list[int]:
        return [self.inputs, *[self.hidden_units] * (self.n_layers - 1), 1]

    @property
    def logit_scale(self) -> float:
        return NORMED_LOGIT_SCALE if self.spectral_norm else 1.0


class Model(Protocol):
    suffix: str
    """The ending of a checkpoint's name."""

    def train_batch(self, inputs: np.ndarray, labels: np.ndarray) -> float:
        """One step of gradient descent on inputs of shape (n, inputs) and labels of shape (n,); the mean loss."""

    def accuracy(self, inputs: np.ndarray, labels: np.ndarray) -> float: ...

    def weights(self) -> list[np.ndarray]:
        """The weight that each layer multiplies with, of shape (inputs, outputs): normalised if constrained."""

    def save(self, path: Path) -> None: ...
