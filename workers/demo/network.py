"""A small numpy network, with or without spectral normalisation of its layers."""

from __future__ import annotations

import numpy as np

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
        self.inputs = inputs
        return inputs @ (self.weight / self.sigma) + self.bias

    def backward(self, gradient: np.ndarray, learning_rate: float) -> np.ndarray:
        """Takes one step of gradient descent and returns the gradient of the layer's inputs."""
        towards_inputs = gradient @ (self.weight / self.sigma).T
        step = self.inputs.T @ gradient
        if self.spectral_norm:
            # sigma depends on the weight as well; its own derivative is the outer product of the singular vectors.
            along = float(np.sum(step * self.weight)) / self.sigma
            step = (step - along * np.outer(self.left, self.right)) / self.sigma
        self.weight -= learning_rate * step
        self.bias -= learning_rate * gradient.sum(axis=0)
        if self.spectral_norm:
            self.estimate_sigma()
        return towards_inputs


class Network:
    """Layers with ReLU between them and a sigmoid at the end, trained on the cross-entropy."""

    def __init__(self, sizes: list[int], spectral_norm: bool, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.layers = [Layer(a, b, spectral_norm, random) for a, b in zip(sizes, sizes[1:])]
        # Layers of norm one cannot make a confident answer by themselves; the last step scales it.
        self.scale = 8.0 if spectral_norm else 1.0

    def logits(self, inputs: np.ndarray) -> np.ndarray:
        self.hidden: list[np.ndarray] = []
        for layer in self.layers[:-1]:
            inputs = np.maximum(layer.forward(inputs), 0)
            self.hidden.append(inputs)
        return self.scale * self.layers[-1].forward(inputs)[:, 0]

    def train_batch(self, inputs: np.ndarray, labels: np.ndarray, learning_rate: float) -> float:
        """One step on one batch; returns its mean loss."""
        logits = self.logits(inputs)
        loss = float(np.mean(np.logaddexp(0, logits) - labels * logits))
        probabilities = 1 / (1 + np.exp(-np.clip(logits, -60, 60)))
        gradient = (self.scale * (probabilities - labels) / len(labels))[:, None]
        for index in range(len(self.layers) - 1, -1, -1):
            gradient = self.layers[index].backward(gradient, learning_rate)
            if index > 0:
                gradient = gradient * (self.hidden[index - 1] > 0)
        return loss

    def accuracy(self, inputs: np.ndarray, labels: np.ndarray) -> float:
        return float(np.mean((self.logits(inputs) > 0) == labels))

    def weights(self) -> dict[str, np.ndarray]:
        return {f"layer_{index}": layer.weight / layer.sigma for index, layer in enumerate(self.layers)}
