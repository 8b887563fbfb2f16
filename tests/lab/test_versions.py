"""The ledger on an old FastAPI, in an environment of its own: the facts of a claim hold wherever it says so."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from demo_app.lab import experiments
from demo_app.lab.claims import Claim, ledger
from tests.conftest import ROOT
from tests.lab.test_experiments import FACTS

pytestmark = [
    pytest.mark.versions,
    pytest.mark.skipif(sys.version_info >= (3, 14), reason="pydantic 1, which this FastAPI needs, ends before 3.14"),
]

FASTAPI = "0.95.2"
REQUIREMENTS = (f"fastapi=={FASTAPI}", "pydantic<2", "uvicorn", "httpx<0.28")  # its TestClient needs an old httpx
NO_NETWORK = re.compile(r"connect|network|name resolution|dns error|timed out|sending request", re.IGNORECASE)
OBSERVE = """
import json
import fastapi
from demo_app.lab import experiments
names = [name for name in experiments.names() if not experiments.needs_the_whole_app(name)]
facts = {name: dict(experiments.run(name).facts) for name in names}
print(json.dumps({"fastapi": fastapi.__version__, "facts": facts}))
"""


def build(folder: Path, *requirements: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Makes a virtual environment with these requirements, by uv where it is installed, else by pip."""
    python = str(_python(folder))
    if find_spec("uv"):
        uv = [sys.executable, "-m", "uv"]
        make = [*uv, "venv", "--quiet", "--python", sys.executable, str(folder)]
        install = [*uv, "pip", "install", "--quiet", "--python", python, *requirements]
    else:
        make = [sys.executable, "-m", "venv", str(folder)]
        install = [python, "-m", "pip", "install", "--quiet", *requirements]
    subprocess.run(make, check=True, timeout=300)
    return subprocess.run(install, env=os.environ | environ, capture_output=True, text=True, check=False, timeout=300)


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Any]]:
    """What every experiment observes on the old FastAPI."""
    folder = tmp_path_factory.mktemp("versions") / "old"
    built = build(folder, *REQUIREMENTS)
    if built.returncode and NO_NETWORK.search(built.stderr):
        pytest.skip(f"no network to install FastAPI {FASTAPI} from: {built.stderr.strip().splitlines()[-1]}")
    assert built.returncode == 0, built.stderr
    done = subprocess.run(
        [_python(folder), "-c", OBSERVE], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["fastapi"] == FASTAPI
    yield seen["facts"]


def _runs_there(row: Claim) -> bool:
    return (
        row.experiment is not None
        and not experiments.needs_the_whole_app(row.experiment)
        and SpecifierSet(row.versions).contains(FASTAPI)
    )


@pytest.mark.parametrize("key", [row.id for row in ledger().values() if _runs_there(row)])
def test_a_claim_holds_on_the_old_release(observed: Mapping[str, Any], key: str) -> None:
    row = ledger()[key]
    assert row.experiment is not None
    assert observed[row.experiment] == dict(row.expect)


@pytest.mark.parametrize("name", [name for name in FACTS if not experiments.needs_the_whole_app(name)])
def test_a_prediction_has_its_facts_on_the_old_release(observed: Mapping[str, Any], name: str) -> None:
    assert observed[name] == FACTS[name]


def test_every_experiment_ran_on_the_old_release(observed: Mapping[str, Any]) -> None:
    whole = {name for name in experiments.names() if experiments.needs_the_whole_app(name)}
    assert observed.keys() == {*experiments.names()} - whole
    assert len(whole) < len(observed)


def test_an_install_without_network_is_known_as_such(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9/simple"
    offline = {"UV_DEFAULT_INDEX": nowhere, "PIP_INDEX_URL": nowhere, "UV_HTTP_RETRIES": "0", "PIP_RETRIES": "0"}
    no_cache = {"UV_NO_CACHE": "1", "PIP_NO_CACHE_DIR": "1", "UV_NO_CONFIG": "1", "PIP_CONFIG_FILE": os.devnull}
    built = build(tmp_path / "none", "fastapi", **offline, **no_cache)
    assert built.returncode != 0
    assert NO_NETWORK.search(built.stderr)
    assert not NO_NETWORK.search("Because there is no version of fastapi==9999, the requirements are unsatisfiable.")
