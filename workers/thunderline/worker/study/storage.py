"""Optuna's tables in Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import optuna
import psycopg2
from optuna.storages import RDBStorage
from sqlalchemy.engine import URL, make_url

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

SCHEMA = "optuna"
DRIVER = "postgresql+psycopg2"
LOCK_KEY = 0x6F707475_6E61
"""The advisory lock under which the tables are created: "optuna" in ASCII."""

STATEMENT_TIMEOUT_S = 30
CONNECT_TIMEOUT_S = 10

LIBPQ_PARAMETERS = frozenset(
    {"application_name", "channel_binding", "gssencmode", "host", "krbsrvname", "options", "passfile", "port"}
    | {"service", "sslcert", "sslcrl", "sslkey", "sslmode", "sslpassword", "sslrootcert", "target_session_attrs"}
)
"""Parameters of a connection address that libpq accepts; other clients of the same address have more."""


def storage_url(database_url: str) -> URL:
    """The address of the database for SQLAlchemy, with connections that search Optuna's schema first."""
    url = make_url(database_url)
    query: dict[str, Any] = {name: value for name, value in url.query.items() if name in LIBPQ_PARAMETERS}
    if query.get("sslmode") == "no-verify":
        # node-postgres has this value; libpq names the same behaviour "require".
        query["sslmode"] = "require"
    timeout_ms = STATEMENT_TIMEOUT_S * 1000
    settings = f"-csearch_path={SCHEMA} -cstatement_timeout={timeout_ms} -clock_timeout={timeout_ms}"
    query["options"] = f"{query.get('options', '')} {settings}".strip()
    return url.set(drivername=DRIVER, query={"application_name": "thunderline-study", **query})


def open_storage(database_url: str) -> BaseStorage:
    """The storage of every study. Creates the schema and the tables if they do not exist; processes that start at the
    same time wait for the first of them. Raises the errors of psycopg2, SQLAlchemy and Optuna."""
    url = storage_url(database_url)
    creating = psycopg2.connect(
        **url.translate_connect_args(username="user", database="dbname"),
        **url.query,
        connect_timeout=CONNECT_TIMEOUT_S,
    )
    try:
        creating.autocommit = True
        with creating.cursor() as cursor:
            # Ends with the connection.
            cursor.execute("select pg_advisory_lock(%s)", (LOCK_KEY,))
            cursor.execute("select 1 from pg_namespace where nspname = %s", (SCHEMA,))
            # `if not exists` would demand the right to create schemas even where this one exists.
            if cursor.fetchone() is None:
                cursor.execute(f"create schema {SCHEMA}")
        storage = RDBStorage(
            url.render_as_string(hide_password=False),
            engine_kwargs={
                "pool_size": 1,
                "max_overflow": 1,
                "pool_pre_ping": True,
                "connect_args": {"connect_timeout": CONNECT_TIMEOUT_S, "keepalives_idle": 30},
            },
        )
    finally:
        creating.close()
    # Keeps ended trials in memory, as `optuna.create_study(storage=url)` does.
    return optuna.storages.get_storage(storage)
