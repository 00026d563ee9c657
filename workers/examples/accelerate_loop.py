"""A training loop under Accelerate."""

import torch
from accelerate import Accelerator

from thunderline import Client
from thunderline.accelerate import ThunderlineTracker

tracker = ThunderlineTracker(Client(model_run_id="examples").trial("accelerate"))
accelerator = Accelerator(log_with=tracker, cpu=True)
accelerator.init_trackers("examples", config={"lr": 0.1})
model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model, optimizer = accelerator.prepare(model, optimizer)
inputs = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
for step in range(10):
    loss = torch.nn.functional.mse_loss(model(inputs), inputs.sum(1, keepdim=True))
    accelerator.backward(loss)
    optimizer.step()
    optimizer.zero_grad()
    accelerator.log({"train_loss": loss.item()}, step=step)
accelerator.end_training()
