"""The error of a command that its user can correct."""

from __future__ import annotations


class Failure(Exception):
    """Its message says what to change. The command ends with status 2."""
