"""The rank of this process among those that train one model together: by default only rank zero reports."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress

_LAUNCHED = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "LOCAL_RANK")
"""As torchrun, Slurm, Open MPI, MPICH and a single host's launcher set them; the first one present counts."""

_GROUPED = ("RANK", "NODE_RANK", "LOCAL_RANK")
"""As torchrun and Lightning set them beside `MASTER_ADDR`, the place where the processes of one group meet."""

_logged: set[str] = set()


def is_launched_as_rank_zero() -> bool:
    """Whether a launcher started this process as rank zero, or alone. Processes that share a launcher need not train
    one model: another rank is logged as a warning."""
    for variable in _LAUNCHED:
        rank = _number(variable)
        if rank is not None:
            if rank > 0:
                _log(logging.WARNING, f"{variable} is {rank}")
            return rank == 0
    return True


def is_rank_zero_of_group() -> bool:
    """Whether this process reports for its group: False where it certainly belongs to one, with another rank."""
    rank = _rank_of_torch()
    if rank is not None:
        if rank > 0:
            _log(logging.INFO, f"its rank in torch.distributed is {rank}")
        return rank == 0
    if not os.environ.get("MASTER_ADDR"):
        return True
    for variable in _GROUPED:
        rank = _number(variable)
        if rank:
            _log(logging.INFO, f"{variable} is {rank}, beside MASTER_ADDR")
            return False
    return True


def _rank_of_torch() -> int | None:
    """It never imports torch: a program that has not imported it is in no group of it."""
    with suppress(Exception):
        distributed = sys.modules.get("torch.distributed")
        if distributed is not None and distributed.is_available() and distributed.is_initialized():
            return int(distributed.get_rank())
    return None


def _number(variable: str) -> int | None:
    text = os.environ.get(variable, "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _log(level: int, reason: str) -> None:
    if reason not in _logged:
        _logged.add(reason)
        with suppress(Exception):
            logging.getLogger("thunderline").log(
                level,
                "This process reports no trial, because %s; rank zero reports for all. "
                "`client.trial(..., every_rank=True)` reports from every process.",
                reason,
            )
