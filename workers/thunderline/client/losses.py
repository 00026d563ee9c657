"""The closed list of causes for which events and values are lost, each with its meaning, and the way to report one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

OnLoss = Callable[[str, str, int], None]
"""Called with the name of what is left out, why, and how many values that is."""

LossCause = Literal[
    "unusable_value",
    "unusable_call",
    "queue_full",
    "spool_full",
    "spool_damaged",
    "closed",
    "disabled",
    "unsent_at_exit",
]

LOSS_CAUSES: dict[LossCause, str] = {
    "unusable_value": "A value that no event can hold: a metric that is not a number, a field that cannot be read.",
    "unusable_call": "A call whose arguments no event can be made of.",
    "queue_full": "The oldest metric events in memory, dropped because the disk did not take them in time.",
    "spool_full": "The oldest metric events of a full spool, dropped during an outage.",
    "spool_damaged": "Events of a spool file that could not be read back: torn by a crash, or deleted.",
    "closed": "Events of calls made after the client was closed.",
    "disabled": "Events of a client that has no usable URL.",
    "unsent_at_exit": "Events that were neither sent nor on disk when the client had to close.",
}
