"""The way to the database: its address comes from DATABASE_URL."""

import os
from collections.abc import Iterator

from sqlalchemy import create_engine, make_url
from sqlalchemy.orm import Session

# Addresses name only the database; which driver speaks to it is decided here.
url = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg")
# A connection that the database has closed meanwhile is replaced, not used.
engine = create_engine(url, pool_pre_ping=True)


def session() -> Iterator[Session]:
    """A session for one request; what is to be kept has to be committed."""
    with Session(engine) as session:
        yield session
