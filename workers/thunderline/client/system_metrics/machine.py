"""The use of processors and memory, from /proc on Linux, elsewhere from psutil where it is installed."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

PROC = Path("/proc")
_IDLE_COLUMNS = (3, 4)
_GUEST_COLUMN = 8


class Machine:
    """Reads the process and the machine. The first reading has no use of processors: that needs two.

    Inside a container the machine is the host.
    """

    def __init__(self, proc: Path = PROC, psutil: Any = None) -> None:
        """`psutil`: the module, asked where `proc` has no files."""
        self._proc = proc
        self._psutil = psutil
        self._process_s = time.process_time()
        self._at_s = time.monotonic()
        self._ticks = self._cpu_ticks()

    def read(self) -> dict[str, float]:
        """Metrics by name: percent of all processors and of the memory, 100 percent of the process is one processor."""
        return {**self._process_cpu(), **self._machine_cpu(), **self._memory(), **self._process_memory()}

    def _process_cpu(self) -> dict[str, float]:
        process_s, at_s = time.process_time(), time.monotonic()
        used_s, passed_s = process_s - self._process_s, at_s - self._at_s
        self._process_s, self._at_s = process_s, at_s
        return {"process_cpu_percent": 100 * used_s / passed_s} if passed_s > 0 else {}

    def _machine_cpu(self) -> dict[str, float]:
        before, self._ticks = self._ticks, self._cpu_ticks()
        if before is None or self._ticks is None:
            return {}
        busy, total = (now - then for now, then in zip(self._ticks, before, strict=True))
        return {"cpu_percent": min(100.0, max(0.0, 100 * busy / total))} if total > 0 else {}

    def _cpu_ticks(self) -> tuple[float, float] | None:
        """Time that all processors were busy, and all of their time; in one unit, since the start of the machine."""
        with suppress(OSError, ValueError, LookupError):
            first = (self._proc / "stat").read_text().splitlines()[0].split()[1:]
            # The time of guests is contained in that of users.
            ticks = [int(column) for column in first[:_GUEST_COLUMN]]
            return sum(ticks) - sum(ticks[column] for column in _IDLE_COLUMNS), sum(ticks)
        if self._psutil is not None:
            times = self._psutil.cpu_times()
            return sum(times) - times.idle, sum(times)
        return None

    def _memory(self) -> dict[str, float]:
        total, available = 0, 0
        with suppress(OSError, ValueError, LookupError):
            lines = (self._proc / "meminfo").read_text().splitlines()
            kibibytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
            total, available = 1024 * kibibytes.get("MemTotal", 0), 1024 * kibibytes.get("MemAvailable", 0)
        if total == 0 and self._psutil is not None:
            memory = self._psutil.virtual_memory()
            total, available = memory.total, memory.available
        if total == 0:
            return {}
        return {"memory_used_bytes": total - available, "memory_percent": 100 * (total - available) / total}

    def _process_memory(self) -> dict[str, float]:
        with suppress(OSError, ValueError, LookupError):
            pages = int((self._proc / "self" / "statm").read_text().split()[1])
            return {"process_memory_bytes": pages * os.sysconf("SC_PAGE_SIZE")}
        if self._psutil is not None:
            return {"process_memory_bytes": self._psutil.Process().memory_info().rss}
        return {}
