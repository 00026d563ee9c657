"""A Trainer of Hugging Face Transformers with `report_to`; the environment configures the client."""

import os
import tempfile

import torch
from transformers import Trainer, TrainingArguments

import thunderline.huggingface  # noqa: F401 - registers report_to="thunderline"


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def forward(self, inputs, labels):
        outputs = self.layer(inputs)
        return {"loss": torch.nn.functional.mse_loss(outputs, labels), "outputs": outputs}


os.environ["THUNDERLINE_RUN_ID"] = "examples"
rows = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
data = [{"inputs": row, "labels": row.sum().reshape(1)} for row in rows]
arguments = TrainingArguments(
    tempfile.mkdtemp(),
    run_name="huggingface",
    report_to="thunderline",
    num_train_epochs=2,
    logging_steps=1,
    save_strategy="no",
    eval_strategy="epoch",
    use_cpu=True,
    disable_tqdm=True,
)
Trainer(Model(), arguments, train_dataset=data, eval_dataset=data[:16]).train()
