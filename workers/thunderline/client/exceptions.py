"""The meaning of the exception that ends a trial."""

from __future__ import annotations


def is_pruned(kind: type[BaseException]) -> bool:
    """Whether it is optuna.TrialPruned, decided without importing Optuna."""
    return any(c.__name__ == "TrialPruned" and c.__module__.startswith("optuna") for c in kind.__mro__)


def is_cancellation(kind: type[BaseException]) -> bool:
    """Whether the program was interrupted from outside: Ctrl-C, or a cancelled asyncio task."""
    return issubclass(kind, KeyboardInterrupt) or any(
        c.__name__ == "CancelledError" and c.__module__.startswith(("asyncio", "concurrent")) for c in kind.__mro__
    )


def is_success(error: BaseException | None) -> bool:
    """Whether the program ended as it wanted: by itself, or by `sys.exit(0)`."""
    return error is None or (isinstance(error, SystemExit) and error.code in (None, 0))


def message_of(error: BaseException | None) -> str:
    try:
        return str(error)
    except Exception:
        return type(error).__name__
