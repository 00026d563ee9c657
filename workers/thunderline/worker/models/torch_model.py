"""The network in PyTorch, with `torch.nn.utils.parametrizations.spectral_norm`."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch.nn.utils.parametrizations import spectral_norm

from thunderline.worker.models.model import ModelSpec


class TorchModel:
    suffix = ".pth"

    def __init__(self, spec: ModelSpec) -> None:
        torch.manual_seed(spec.seed)
        linear = [torch.nn.Linear(inputs, outputs) for inputs, outputs in pairwise(spec.sizes)]
        self._linear = [spectral_norm(layer) if spec.spectral_norm else layer for layer in linear]
        stack: list[torch.nn.Module] = []
        for layer in self._linear:
            stack += [layer, torch.nn.ReLU()]
        self._network = torch.nn.Sequential(*stack[:-1])
        self._scale = spec.logit_scale
        self._loss = torch.nn.BCEWithLogitsLoss()
        self._optimizer = torch.optim.SGD(self._network.parameters(), lr=spec.learning_rate)

    def train_batch(self, inputs: np.ndarray, labels: np.ndarray) -> float:
        # In training mode, each use of a constrained weight takes a step of the power iteration.
        self._network.train()
        self._optimizer.zero_grad()
        loss = self._loss(self._logits(inputs), _tensor(labels))
        loss.backward()
        self._optimizer.step()
        return float(loss.item())

    def accuracy(self, inputs: np.ndarray, labels: np.ndarray) -> float:
        self._network.eval()
        with torch.no_grad():
            return float(((self._logits(inputs) > 0) == (_tensor(labels) > 0)).float().mean().item())

    def weights(self) -> list[np.ndarray]:
        self._network.eval()
        return [np.array(layer.weight.detach().tolist()).T for layer in self._linear]

    def save(self, path: Path) -> None:
        torch.save(self._network.state_dict(), path)

    def _logits(self, inputs: np.ndarray) -> torch.Tensor:
        return self._scale * self._network(_tensor(inputs))[:, 0]


def _tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
