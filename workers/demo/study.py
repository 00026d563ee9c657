"""The ten trials: five settings, each with spectral normalisation and without."""

from __future__ import annotations

from trial import Hyperparams, Trial

SETTINGS = [
    Hyperparams(learning_rate=0.02, n_layers=3, hidden_units=48, seed=1),
    Hyperparams(learning_rate=0.03, n_layers=3, hidden_units=48, seed=2),
    Hyperparams(learning_rate=0.05, n_layers=3, hidden_units=48, seed=3),
    Hyperparams(learning_rate=0.05, n_layers=3, hidden_units=64, seed=4),
    Hyperparams(learning_rate=0.03, n_layers=4, hidden_units=48, seed=5),
]


def trials() -> list[Trial]:
    pairs = [(hyperparams, spectral_norm) for hyperparams in SETTINGS for spectral_norm in (True, False)]
    return [
        Trial(f"{number:02d}-{'spectral' if spectral_norm else 'plain'}", spectral_norm, hyperparams)
        for number, (hyperparams, spectral_norm) in enumerate(pairs, start=1)
    ]
