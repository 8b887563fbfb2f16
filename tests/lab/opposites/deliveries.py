"""What comes again: Celery settings, and words that are quoted, under which a run shows otherwise."""

from typing import Any

# All of them take workers; the first has words for a target.
OF_WORKERS: dict[str, Any] = {
    "C53": "Worker exited prematurely",
    "C54": {"task_acks_late": True},
    "C55": {"task_reject_on_worker_lost": True},
    "S33": {"task_acks_late": True},
    "S34": {"broker_transport_options": {"visibility_timeout": 60}},
    "S37": {"task_annotations": {"*": {"retry_on_worker_lost": False}}},
}
