"""Runs migrations against the database in DATABASE_URL. `alembic upgrade head` calls it."""

from logging.config import fileConfig

from alembic import context

from app.database import engine
from app.notes import Base

fileConfig(context.config.config_file_name)

if context.is_offline_mode():
    raise SystemExit(
        "migrations need the database: run them with `devenv up` or `devenv exec api -- alembic …`"
    )

with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
