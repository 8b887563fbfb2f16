"""Prints the table; with names, only those rows."""

import os
import sys
from collections.abc import Callable
from datetime import date

from tests.bench import brokers, kept, minutes, outages, page, repeats, startup, throughput, workers

ROWS: dict[str, Callable[[], str | dict[str, str]]] = {
    "startup": startup.time_ratio,
    "memory": startup.memory_ratio,
    "throughput": throughput.ratios,
    "run": minutes.longest_run,
    "pulses": repeats.pulses,
    "lessons": repeats.lessons,
    "recoveries": repeats.recoveries,
    "experiments": repeats.experiments,
    "kept": kept.kills,
    "hundred": page.hundred_items,
    "clicks": page.clicks,
    "dead": brokers.lost_to_dead_clients,
    "append": brokers.lost_with_the_broker,
    "away": outages.away,
    "first": workers.first_result,
    "matrix": workers.kill_matrix,
    "redelivery": workers.redelivery,
    "orphans": workers.orphans,
    "workers": workers.experiments,
}


def main() -> int:
    unknown = set(sys.argv[1:]) - ROWS.keys()
    if unknown:
        print(f"There is no row {', '.join(sorted(unknown))}; choose from {', '.join(ROWS)}.", file=sys.stderr)
        return 1
    print(f"| what | {date.today()}, {os.cpu_count()} cores | load before |\n|---|---|---|", flush=True)
    for name in sys.argv[1:] or ROWS:
        load, figures = os.getloadavg()[0], ROWS[name]()
        for what, figure in figures.items() if isinstance(figures, dict) else [(name, figures)]:
            print(f"| {what} | {figure} | {load:.1f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
