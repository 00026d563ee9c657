"""The network in Keras 3, with `keras.layers.SpectralNormalization`."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from thunderline.worker.models.model import ModelSpec

if "KERAS_BACKEND" not in os.environ:
    # Keras uses TensorFlow unless it is given another one, also where TensorFlow is not installed.
    installed = [name for name in ("tensorflow", "jax", "torch") if find_spec(name) is not None]
    if installed:
        os.environ["KERAS_BACKEND"] = installed[0]

import keras


class KerasModel:
    suffix = ".keras"

    def __init__(self, spec: ModelSpec) -> None:
        keras.utils.set_random_seed(spec.seed)
        self._constrained = spec.spectral_norm
        self._dense = [
            keras.layers.Dense(units, activation="relu" if index < spec.n_layers - 1 else None)
            for index, units in enumerate(spec.sizes[1:])
        ]
        normed = [keras.layers.SpectralNormalization(layer) if spec.spectral_norm else layer for layer in self._dense]
        self._network = keras.Sequential(
            [keras.Input((spec.inputs,)), *normed, keras.layers.Rescaling(spec.logit_scale)]
        )
        self._network.compile(
            optimizer=keras.optimizers.SGD(spec.learning_rate),
            loss=keras.losses.BinaryCrossentropy(from_logits=True),
        )

    def train_batch(self, inputs: np.ndarray, labels: np.ndarray) -> float:
        return float(self._network.train_on_batch(_floats(inputs), _floats(labels)[:, None]))

    def accuracy(self, inputs: np.ndarray, labels: np.ndarray) -> float:
        self._normalise()
        logits = self._network.predict_on_batch(_floats(inputs))[:, 0]
        return float(np.mean((np.asarray(logits) > 0) == labels))

    def weights(self) -> list[np.ndarray]:
        self._normalise()
        return [np.array(keras.ops.convert_to_numpy(layer.kernel)) for layer in self._dense]

    def save(self, path: Path) -> None:
        self._normalise()
        self._network.save(path)

    def _normalise(self) -> None:
        """Keras divides a kernel by its norm at the start of a training step, and the optimiser changes it after that;
        a step without a gradient leaves the kernel normalised."""
        if self._constrained:
            self._network(np.zeros((1, self._network.input_shape[1]), dtype=np.float32), training=True)


def _floats(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32)
