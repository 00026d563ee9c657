"""The network in numpy, with spectral normalisation by power iteration."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from thunderline.worker.models.model import ModelSpec

POWER_ITERATIONS = 1


class Layer:
    """A linear layer. With `spectral_norm` it multiplies with `weight / sigma`, sigma being the weight's largest
    singular value as estimated by power iteration (Miyato et al., 2018)."""

    def __init__(self, inputs: int, outputs: int, spectral_norm: bool, random: np.random.Generator) -> None:
        self.weight = random.normal(0, np.sqrt(2 / inputs), (inputs, outputs))
        self.bias = np.zeros(outputs)
        self.spectral_norm = spectral_norm
        # Kept from step to step: the weight moves little between two, so one iteration each is enough.
        self.left = random.normal(0, 1, inputs)
        self.right = random.normal(0, 1, outputs)
        self.sigma = 1.0
        self._inputs = np.empty(0)
        if spectral_norm:
            self.estimate_sigma(iterations=30)

    def estimate_sigma(self, iterations: int = POWER_ITERATIONS) -> None:
        for _ in range(iterations):
            self.right = self.weight.T @ self.left
            self.right /= np.linalg.norm(self.right)
            self.left = self.weight @ self.right
            self.left /= np.linalg.norm(self.left)
        self.sigma = float(self.left @ self.weight @ self.right)

    def forward(self, inputs: np.ndarray) -> np.ndarray:
        self._inputs = inputs
        outputs: np.ndarray = inputs @ (self.weight / self.sigma) + self.bias
        return outputs

    def backward(self, gradient: np.ndarray, learning_rate: float) -> np.ndarray:
        """Takes one step of gradient descent and returns the gradient of the layer's inputs."""
        towards_inputs: np.ndarray = gradient @ (self.weight / self.sigma).T
        step = self._inputs.T @ gradient
        if self.spectral_norm:
            # sigma depends on the weight as well; its own derivative is the outer product of the singular vectors.
            along = float(np.sum(step * self.weight)) / self.sigma
            step = (step - along * np.outer(self.left, self.right)) / self.sigma
        self.weight -= learning_rate * step
        self.bias -= learning_rate * gradient.sum(axis=0)
        if self.spectral_norm:
            self.estimate_sigma()
        return towards_inputs


class NumpyModel:
    """Trained on the cross-entropy of a sigmoid."""

    suffix = ".npz"

    def __init__(self, spec: ModelSpec) -> None:
        random = np.random.default_rng(spec.seed)
        self._layers = [Layer(a, b, spec.spectral_norm, random) for a, b in pairwise(spec.sizes)]
        self._scale = spec.logit_scale
        self._learning_rate = spec.learning_rate
        self._hidden: list[np.ndarray] = []

    def train_batch(self, inputs: np.ndarray, labels: np.ndarray) -> float:
        logits = self._logits(inputs)
        loss = float(np.mean(np.logaddexp(0, logits) - labels * logits))
        probabilities = 1 / (1 + np.exp(-np.clip(logits, -60, 60)))
        gradient = (self._scale * (probabilities - labels) / len(labels))[:, None]
        for index in range(len(self._layers) - 1, -1, -1):
            gradient = self._layers[index].backward(gradient, self._learning_rate)
            if index > 0:
                gradient = gradient * (self._hidden[index - 1] > 0)
        return loss

    def accuracy(self, inputs: np.ndarray, labels: np.ndarray) -> float:
        return float(np.mean((self._logits(inputs) > 0) == labels))

    def weights(self) -> list[np.ndarray]:
        return [layer.weight / layer.sigma for layer in self._layers]

    def save(self, path: Path) -> None:
        layers: dict[str, Any] = {f"layer_{index}": weight for index, weight in enumerate(self.weights())}
        np.savez(path, **layers)

    def _logits(self, inputs: np.ndarray) -> np.ndarray:
        self._hidden = []
        for layer in self._layers[:-1]:
            inputs = np.maximum(layer.forward(inputs), 0)
            self._hidden.append(inputs)
        logits: np.ndarray = self._scale * self._layers[-1].forward(inputs)[:, 0]
        return logits
