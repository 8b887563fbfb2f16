"""What is held up, what ends early, and what a schedule sends: Celery settings under which a run shows otherwise."""

from typing import Any

from demo_app.lab.experiments.beat import ENTRY

_EXPIRES = {"task": "where", "schedule": 1.0, "options": {"expires": 0.1}}

# All of them take workers.
OF_WORKERS: dict[str, Any] = {
    "S35": {"task_acks_late": True},
    "S36": {"task_acks_late": True},
    "S41": {"worker_enable_remote_control": False},
    "S42": {"task_soft_time_limit": None},
    "S43": {"beat_schedule": {ENTRY: _EXPIRES}},
}
