"""What comes again and what is held up: Celery settings, or words, under which a run shows otherwise."""

from typing import Any

from demo_app.lab.experiments.beat import ENTRY

_EXPIRING = {"task": "where", "schedule": 1.0, "options": {"expires": 0.1}}

# All of them take workers; the first has other words for a target.
OF_WORKERS: dict[str, Any] = {
    "C53": "Worker exited prematurely",
    "C54": {"task_acks_late": True},
    "C55": {"task_reject_on_worker_lost": True},
    "S33": {"task_acks_late": True},
    "S34": {"broker_transport_options": {"visibility_timeout": 60}},
    "S35": {"task_acks_late": True},
    "S36": {"task_acks_late": True},
    "S37": {"task_annotations": {"*": {"retry_on_worker_lost": False}}},
    "S41": {"worker_enable_remote_control": False},
    "S42": {"task_soft_time_limit": None},
    "S43": {"beat_schedule": {ENTRY: _EXPIRING}},
}
