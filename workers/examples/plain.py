"""A plain training loop."""

from thunderline import Client

client = Client(model_run_id="examples")
with client.trial("plain", hyperparams={"lr": 0.1, "model": {"width": 8}}, spectral_norm=True) as trial:
    weight = 5.0
    for step in range(20):
        gradient = 2 * (weight - 3)
        weight -= 0.1 * gradient
        trial.log_metrics({"loss": (weight - 3) ** 2, "weights": {"mean": weight}}, step)
    trial.set_result(artifact_uri="s3://models/plain.json", rank=1)
