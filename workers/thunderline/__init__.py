"""Sends the events of training programs to a Thunderline gateway without slowing or failing them.

client/client.py         the public calls; each one only enqueues
client/intake.py         the bounded queue
client/collector.py      the thread that writes the queue to the spool
client/spool/            the events that wait on disk
client/sender.py         the thread that sends the spool to the gateway
client/delivery.py       one request at a time, and when the next one may be made
client/answer.py         the meaning of a gateway's answer (pure)
client/process_hooks.py  the end of the process, and forks
client/preemption.py     SIGTERM
client/system_metrics/   the use of processors, memory and GPUs
cli/                     `python -m thunderline`
optuna.py and others     integrations, imported only by programs that use those libraries
"""

from thunderline.client.client import Client
from thunderline.client.losses import LOSS_CAUSES, LossCause
from thunderline.client.options import Options
from thunderline.client.stats import Rejection, Stats
from thunderline.client.trial import Trial

__all__ = ["LOSS_CAUSES", "Client", "LossCause", "Options", "Rejection", "Stats", "Trial"]
