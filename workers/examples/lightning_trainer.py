"""A Lightning trainer: fit, then test."""

import lightning
import torch

from thunderline import Client
from thunderline.lightning import ThunderlineLogger


class Model(lightning.LightningModule):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layers = torch.nn.Sequential(torch.nn.Linear(4, width), torch.nn.ReLU(), torch.nn.Linear(width, 1))

    def training_step(self, batch):
        self.log("train_loss", loss := torch.nn.functional.mse_loss(self.layers(batch[0]), batch[1]))
        return loss

    def test_step(self, batch):
        self.log("test_loss", torch.nn.functional.mse_loss(self.layers(batch[0]), batch[1]))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.01)


inputs = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(inputs, inputs.sum(1, keepdim=True)), batch_size=8)
logger = ThunderlineLogger(Client(model_run_id="examples").trial("lightning"))
quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
trainer = lightning.Trainer(max_epochs=2, logger=logger, log_every_n_steps=1, accelerator="cpu", **quiet)
trainer.fit(model := Model(width=8), data)
trainer.test(model, data, verbose=False)
