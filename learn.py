"""The way in: `python3 learn.py` opens the course, `python3 learn.py --help` says what else it does."""

import sys

# This file must parse on any Python, so that an old one can answer with a sentence; modern code begins in launcher/.
if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.stderr.write(
            "This course needs Python 3.11 or newer, and this is Python "
            + sys.version.split()[0]
            + " ("
            + sys.executable
            + "). If a newer one is installed, name it: `python3.12 learn.py` (on Windows `py -3.12 learn.py`);"
            + " otherwise get one from https://www.python.org/downloads/ and start again.\n"
        )
        sys.exit(1)

    from launcher.commands import main

    sys.exit(main(sys.argv[1:]))
