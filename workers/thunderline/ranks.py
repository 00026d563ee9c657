"""The rank of this process among those that train one model together."""

from __future__ import annotations

import os

_VARIABLES = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "LOCAL_RANK")
"""As torchrun, Slurm, Open MPI, MPICH and a single host's launcher set them; the first one present counts."""


def is_rank_zero() -> bool:
    """Whether this process reports for its group: by default only rank zero does. A process without a group is one."""
    for variable in _VARIABLES:
        rank = os.environ.get(variable)
        if rank is not None and rank.strip().isdigit():
            return int(rank) == 0
    return True
