"""The database of a request."""

from fastapi import Request

from models.session import Database


def database_of(request: Request) -> Database:
    """This process's database."""
    database: Database = request.app.state.database
    return database
