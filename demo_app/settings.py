"""Settings of the app, each overridable by an environment variable such as `DEMO_WORK_SECONDS=0.2`."""

from functools import lru_cache

from pydantic import PositiveFloat
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How long the pretended work takes, in seconds."""

    model_config = SettingsConfigDict(env_prefix="DEMO_")

    work_seconds: PositiveFloat = 1.0


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once.

    Raises `pydantic.ValidationError` when a `DEMO_` variable is not what its field asks for.
    """
    return Settings()
