"""A Keras model."""

import keras
import numpy as np

from thunderline import Client
from thunderline.keras import ThunderlineCallback

inputs = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
model.compile("sgd", "mse", metrics=["mae"])
with Client(model_run_id="examples").trial("keras", hyperparams={"optimizer": "sgd"}) as trial:
    model.fit(
        inputs,
        inputs.sum(1),
        epochs=3,
        validation_split=0.25,
        verbose=0,
        callbacks=[ThunderlineCallback(trial, log_every_batches=1)],
    )
