"""Carries the events of training loops to a Thunderline gateway without slowing or failing them.

client.py        the calls: they only enqueue
intake.py        the bounded queue
sender.py        the thread: queue -> spool -> gateway
spool/           where events wait, on disk
delivery.py      one request at a time, and when the next one may be made
answer.py        what the gateway said and what it means (pure)
process_hooks.py the end of the process, and forks
"""

from thunderline.client import Client
from thunderline.losses import LOSS_CAUSES, LossCause
from thunderline.options import Options
from thunderline.stats import Rejection, Stats
from thunderline.trial import Trial

__all__ = ["LOSS_CAUSES", "Client", "LossCause", "Options", "Rejection", "Stats", "Trial"]
