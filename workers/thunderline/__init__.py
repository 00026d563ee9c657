"""Sends the events of training loops to a Thunderline gateway without slowing or failing them.

client/client.py         the public calls; each one only enqueues
client/intake.py         the bounded queue
client/sender.py         the sender thread: queue -> spool -> gateway
client/spool/            the events that wait on disk
client/delivery.py       one request at a time, and when the next one may be made
client/answer.py         the meaning of a gateway's answer (pure)
client/process_hooks.py  the end of the process, and forks
optuna.py, mlflow.py     integrations, imported only by programs that use those libraries
"""

from thunderline.client.client import Client
from thunderline.client.losses import LOSS_CAUSES, LossCause
from thunderline.client.options import Options
from thunderline.client.stats import Rejection, Stats
from thunderline.client.trial import Trial

__all__ = ["LOSS_CAUSES", "Client", "LossCause", "Options", "Rejection", "Stats", "Trial"]
