"""Gradient boosting with LightGBM, stopped early."""

import lightgbm
import numpy as np

from thunderline import Client
from thunderline.lightgbm import ThunderlineCallback

inputs = np.random.default_rng(0).normal(size=(200, 4))
train = lightgbm.Dataset(inputs[:150], inputs[:150].sum(1))
valid = lightgbm.Dataset(inputs[150:], inputs[150:].sum(1), reference=train)
params = {"objective": "regression", "num_leaves": 7, "learning_rate": 0.3, "verbose": -1}
with Client(model_run_id="examples").trial("lightgbm") as trial:
    callbacks = [lightgbm.early_stopping(5, verbose=False), ThunderlineCallback(trial)]
    lightgbm.train(params, train, 30, valid_sets=[valid], callbacks=callbacks)
