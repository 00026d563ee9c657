from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

psycopg2 = pytest.importorskip("psycopg2", reason="the storage of studies needs psycopg2")
pytest.importorskip("optuna", reason="studies need Optuna")


@pytest.fixture
def database_url() -> Iterator[str]:
    """An empty database of the test's own, in the Postgres that DATABASE_URL names."""
    server = os.environ.get("DATABASE_URL")
    if not server:
        pytest.skip("needs Postgres: DATABASE_URL is not set")
    name = f"test_study_{secrets.token_hex(5)}"
    execute(server, f"create database {name}")
    yield f"{server.rsplit('/', 1)[0]}/{name}"
    execute(server, f"drop database {name} with (force)")


def execute(url: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()
