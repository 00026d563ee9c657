"""The use of NVIDIA GPUs through NVML, where the package nvidia-ml-py is installed and a driver is there."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any


class Gpus:
    """Reads the GPUs that `CUDA_VISIBLE_DEVICES` leaves visible, numbered as the program sees them."""

    def __init__(self, pynvml: Any, environment: Mapping[str, str]) -> None:
        """`pynvml`: the module; None, or a machine without a driver, has no GPUs. Raises nothing."""
        self._pynvml = pynvml
        self._visible = environment.get("CUDA_VISIBLE_DEVICES")
        self._handles: list[Any] | None = None

    def read(self) -> dict[str, float]:
        """Metrics by name. A GPU that cannot be read, or one of its values, is left out."""
        if self._pynvml is None:
            return {}
        if self._handles is None:
            self._handles = self._open()
        readings: dict[str, float] = {}
        for index, handle in enumerate(self._handles):
            with suppress(Exception):
                readings[f"gpu/{index}/utilization_percent"] = self._pynvml.nvmlDeviceGetUtilizationRates(handle).gpu
            with suppress(Exception):
                memory = self._pynvml.nvmlDeviceGetMemoryInfo(handle)
                readings[f"gpu/{index}/memory_used_bytes"] = memory.used
                readings[f"gpu/{index}/memory_percent"] = 100 * memory.used / memory.total
        return readings

    def _open(self) -> list[Any]:
        handles = []
        with suppress(Exception):
            self._pynvml.nvmlInit()
            for name in self._names():
                handles.append(self._handle(name))
        return handles

    def _names(self) -> list[str]:
        if self._visible is None:
            return [str(index) for index in range(self._pynvml.nvmlDeviceGetCount())]
        return [name.strip() for name in self._visible.split(",") if name.strip()]

    def _handle(self, name: str) -> Any:
        """Raises for an unknown name; as in CUDA, those after it are invisible."""
        if name.isdecimal():
            return self._pynvml.nvmlDeviceGetHandleByIndex(int(name))
        return self._pynvml.nvmlDeviceGetHandleByUUID(name)
