"""Builds the model of a trial with the library that its command names."""

from __future__ import annotations

from thunderline.worker.models.model import Backend, Model, ModelSpec


def build_model(spec: ModelSpec, backend: Backend) -> Model:
    """Raises ImportError if the library is not installed."""
    if backend == "torch":
        from thunderline.worker.models.torch_model import TorchModel

        return TorchModel(spec)
    if backend == "keras":
        from thunderline.worker.models.keras_model import KerasModel

        return KerasModel(spec)
    from thunderline.worker.models.numpy_model import NumpyModel

    return NumpyModel(spec)


def spectral_norms(model: Model) -> list[float]:
    """The largest singular value of each layer, exactly."""
    import numpy as np

    return [float(np.linalg.norm(weight, 2)) for weight in model.weights()]
