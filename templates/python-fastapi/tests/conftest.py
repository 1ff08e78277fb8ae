"""A client for the service whose writes are rolled back after each test."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.database import engine, session
from app.main import app


@pytest.fixture
def client():
    with engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as database:
            app.dependency_overrides[session] = lambda: database
            yield TestClient(app)
        app.dependency_overrides.clear()
        transaction.rollback()
