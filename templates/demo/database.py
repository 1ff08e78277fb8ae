"""How the app and its migrations reach the database: the address in DATABASE_URL."""

import os
from urllib.parse import unquote, urlsplit

import pg8000.native


def connect():
    url = urlsplit(os.environ["DATABASE_URL"])
    return pg8000.native.Connection(
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        host=url.hostname,
        port=url.port or 5432,
        database=url.path.lstrip("/"),
        timeout=10,
    )
