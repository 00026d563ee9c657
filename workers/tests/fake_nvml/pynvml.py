"""Stands in for nvidia-ml-py on machines without a GPU: two GPUs, by the functions that NVML documents."""

from __future__ import annotations

from dataclasses import dataclass

_started = False


@dataclass(frozen=True)
class Utilization:
    """nvmlUtilization_t: percent."""

    gpu: int
    memory: int


@dataclass(frozen=True)
class Memory:
    """nvmlMemory_t: bytes."""

    total: int
    free: int
    used: int


class NVMLError(Exception):
    """Raised for anything that fails."""


def nvmlInit() -> None:
    global _started
    _started = True


def nvmlDeviceGetCount() -> int:
    _require()
    return 2


def nvmlDeviceGetHandleByIndex(index: int) -> int:
    _require()
    if index not in (0, 1):
        raise NVMLError("invalid argument")
    return index


def nvmlDeviceGetHandleByUUID(uuid: str) -> int:
    _require()
    return {"GPU-aaaa": 0, "GPU-bbbb": 1}[uuid]


def nvmlDeviceGetUtilizationRates(handle: int) -> Utilization:
    if handle == 1:
        raise NVMLError("not supported")
    return Utilization(gpu=70, memory=10)


def nvmlDeviceGetMemoryInfo(handle: int) -> Memory:
    total = 80_000_000_000
    used = (handle + 1) * 20_000_000_000
    return Memory(total, total - used, used)


def _require() -> None:
    if not _started:
        raise NVMLError("uninitialized")
