"""The API key, however the program holds it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from thunderline.client.notices import Notices


def read_api_key(value: Any) -> str | None:
    """The text of a key given as text, an integer, or a secret of pydantic or the like; None where it is empty.

    Raises ValueError, without the key, when a header cannot carry it.
    """
    reveal = getattr(value, "get_secret_value", None)
    text = str(reveal() if callable(reveal) else "" if value is None else value).strip()
    if not text:
        return None
    if not text.isascii() or not text.isprintable():
        raise ValueError("the API key holds a character that no HTTP header can carry, such as a line break")
    return text


def environment_api_key() -> str | None:
    """The key of `$THUNDERLINE_API_KEY`, else of the file that `$THUNDERLINE_API_KEY_FILE` names; None without both.

    Raises ValueError, without the key, when the file cannot be read or no header can carry the key.
    """
    path = os.environ.get("THUNDERLINE_API_KEY_FILE")
    text = os.environ.get("THUNDERLINE_API_KEY")
    if text or not path:
        return read_api_key(text)
    try:
        return read_api_key(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"the file of $THUNDERLINE_API_KEY_FILE cannot be read: {error}") from None


def usable_api_key(value: Any, notices: Notices) -> str | None:
    """The key, or that of the environment for `environment_api_key` itself. None where there is none, or none that a
    header can carry, which is logged without the key."""
    try:
        return environment_api_key() if value is environment_api_key else read_api_key(value)
    except ValueError as error:
        notices.warn("key", "Requests are made without a key: %s.", error)
        return None
