from __future__ import annotations

import pytest

from thunderline.ranks import is_rank_zero


@pytest.mark.parametrize(
    ("variables", "zero"),
    [
        ({}, True),
        ({"RANK": "0", "LOCAL_RANK": "1"}, True),
        ({"RANK": "3", "LOCAL_RANK": "0"}, False),
        ({"SLURM_PROCID": "1"}, False),
        ({"OMPI_COMM_WORLD_RANK": "2"}, False),
        ({"RANK": "unset"}, True),
    ],
)
def test_finds_rank_zero(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], zero: bool) -> None:
    for name in ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert is_rank_zero() is zero
