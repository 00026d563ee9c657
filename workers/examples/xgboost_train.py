"""Gradient boosting with XGBoost, stopped early."""

import numpy as np
import xgboost

from thunderline import Client
from thunderline.xgboost import ThunderlineCallback

inputs = np.random.default_rng(0).normal(size=(200, 4))
train = xgboost.DMatrix(inputs[:150], inputs[:150].sum(1))
valid = xgboost.DMatrix(inputs[150:], inputs[150:].sum(1))
params = {"max_depth": 3, "eta": 0.3, "objective": "reg:squarederror"}
callback = ThunderlineCallback(Client(model_run_id="examples").trial("xgboost"), params)
xgboost.train(
    params, train, 30, evals=[(valid, "valid")], early_stopping_rounds=5, verbose_eval=False, callbacks=[callback]
)
