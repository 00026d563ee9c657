"""The three implementations of spectral normalisation; those of torch and keras where the libraries are installed."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from thunderline.worker.models.build_model import build_model, spectral_norms
from thunderline.worker.models.model import BACKENDS, Backend, ModelSpec

np = pytest.importorskip("numpy", reason="the models need numpy")

REASONS = {
    "torch": "torch is not installed",
    "keras": "keras is not installed with one of tensorflow, jax and torch",
}


def installed(backend: Backend) -> bool:
    if backend == "keras":
        return find_spec("keras") is not None and any(map(find_spec, ("tensorflow", "jax", "torch")))
    return find_spec(backend) is not None


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    name: Backend = request.param
    if not installed(name):
        pytest.skip(REASONS[name])
    return name


def spec(spectral_norm: bool) -> ModelSpec:
    return ModelSpec(inputs=12, hidden_units=32, n_layers=3, spectral_norm=spectral_norm, learning_rate=0.05, seed=1)


def data(count: int) -> tuple[Any, Any]:
    random = np.random.default_rng(0)
    inputs = random.normal(0, 1, (count, 12))
    return inputs, (inputs[:, 0] + inputs[:, 1] > 0).astype(int)


def train(model: Any, steps: int) -> list[float]:
    inputs, labels = data(50 * steps)
    batches = zip(np.split(inputs, steps), np.split(labels, steps), strict=True)
    return [model.train_batch(batch, flags) for batch, flags in batches]


@pytest.mark.filterwarnings("ignore")
def test_every_layer_has_norm_one_while_it_trains(backend: Backend) -> None:
    model = build_model(spec(spectral_norm=True), backend)
    # One step of power iteration a batch follows the weights; two singular values that cross take a few steps.
    train(model, 20)
    assert spectral_norms(model) == pytest.approx([1, 1, 1], abs=0.03)
    train(model, 100)
    assert spectral_norms(model) == pytest.approx([1, 1, 1], abs=0.03)


@pytest.mark.filterwarnings("ignore")
def test_layers_are_left_alone_without_it(backend: Backend) -> None:
    model = build_model(spec(spectral_norm=False), backend)
    assert max(spectral_norms(model)) > 1.05
    before = spectral_norms(model)
    train(model, 20)
    assert spectral_norms(model) != before


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("spectral_norm", [False, True])
def test_a_model_learns_and_is_saved(backend: Backend, spectral_norm: bool, tmp_path: Path) -> None:
    model = build_model(spec(spectral_norm), backend)
    losses = train(model, 300)
    assert np.mean(losses[-50:]) < np.mean(losses[:50])
    inputs, labels = data(500)
    assert model.accuracy(inputs, labels) > 0.8
    path = tmp_path / f"model{model.suffix}"
    model.save(path)
    assert path.stat().st_size > 1_000


@pytest.mark.filterwarnings("ignore")
def test_the_implementations_agree_on_the_norm_of_one_weight(backend: Backend) -> None:
    """Each divides the same weight by its largest singular value, which numpy computes exactly."""
    weight = np.random.default_rng(3).normal(0, 1, (12, 32))
    exact = np.linalg.norm(weight, 2)
    norm = np.linalg.norm(weight) / np.linalg.norm(normalised(weight, backend))
    assert norm == pytest.approx(exact, rel=1e-3)


def normalised(weight: Any, backend: Backend) -> Any:
    """The weight after many steps of the library's own power iteration."""
    if backend == "torch":
        import torch
        from torch.nn.utils.parametrizations import spectral_norm

        layer = torch.nn.Linear(*weight.shape)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(weight.T.tolist()))
        constrained = spectral_norm(layer, n_power_iterations=200)
        constrained(torch.zeros(1, weight.shape[0]))
        return np.array(constrained.eval().weight.detach().tolist()).T
    if backend == "keras":
        import keras

        dense = keras.layers.Dense(weight.shape[1])
        wrapped = keras.layers.SpectralNormalization(dense, power_iterations=200)
        wrapped.build((None, weight.shape[0]))
        dense.kernel.assign(weight.astype(np.float32))
        wrapped(np.zeros((1, weight.shape[0]), dtype=np.float32), training=True)
        return np.array(keras.ops.convert_to_numpy(dense.kernel))
    from thunderline.worker.models.numpy_model import Layer

    layer = Layer(weight.shape[0], weight.shape[1], spectral_norm=True, random=np.random.default_rng(0))
    layer.weight = weight
    layer.estimate_sigma(iterations=200)
    return layer.weight / layer.sigma


def test_keras_runs_on_an_installed_library() -> None:
    if not installed("keras"):
        pytest.skip(REASONS["keras"])
    build_model(spec(spectral_norm=True), "keras")
    assert os.environ["KERAS_BACKEND"] in ("tensorflow", "jax", "torch")
