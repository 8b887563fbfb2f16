"""The app's own record of failed tasks, which needs the whole app with its database."""

from fastapi import FastAPI

from demo_app.main import create_app


def faults_app() -> FastAPI:
    """The app's payments, in the database that `DEMO_DATABASE_URL` names."""
    return create_app("faults")
