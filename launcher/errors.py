"""What went wrong, as one sentence for the learner."""

import errno
import tempfile
import traceback
from pathlib import Path

from launcher.project import Project


class LauncherError(Exception):
    """A sentence that names what is wrong, where, and what to do next."""


DISK_FULL = "The disk is full: free about 1 GB and start again."

# Said by pip, uv, Python and the systems below them; the first line with a match is the likely cause.
CAUSES = (
    (("no space left", "errno 28", "os error 28", "not enough space", "disk quota"), DISK_FULL),
    (
        ("certificate_verify_failed", "certificate verify failed", "invalid peer certificate"),
        "The package index's certificate was refused: on a company network ask for its certificate or proxy settings.",
    ),
    (
        ("read-only file system", "permission denied", "access is denied"),
        "Something could not be written: copy the project to a folder of your own and start again.",
    ),
    (
        ("require a different python", "requires a different python", "no solution found"),
        "A package does not exist for this Python: try Python 3.11 to 3.14.",
    ),
    (
        (
            "connection refused",
            "newconnectionerror",
            "failed to establish a new connection",
            "name resolution",
            "getaddrinfo",
            "network is unreachable",
            "error sending request",
            "connecttimeout",
            "timed out",
            "proxyerror",
            "dns error",
            "connection reset",
            "(from versions: none)",  # pip, when it could not even list a package the lock names
        ),
        "The package index could not be reached: check the network (or the proxy) and start again.",
    ),
)


def likely_cause(output: str) -> str:
    """What an installer's output points to, as a sentence."""
    text = output.lower()
    for signs, cause in CAUSES:
        if any(sign in text for sign in signs):
            return cause
    return "Read the end of that file for the reason, then start again."


def os_sentence(error: OSError) -> str:
    """An error of the operating system in plain words, with the path it is about."""
    place = error.filename or "the project folder"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{place} cannot be written or read: copy the project to a folder of your own and start again."
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return f"A file stands where a folder is needed ({place}): move it away and start again."
    return f"{error.strerror or error} ({place}). `learn.py doctor` says more."


def keep_traceback(project: Project) -> Path:
    """Write the exception being handled to a log and return its path; the temporary folder serves if need be."""
    text = traceback.format_exc()
    for folder in (project.state, Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            log = folder / "learn-error.log"
            log.write_text(text, encoding="utf-8")
        except OSError:
            continue
        return log
    return Path("(no folder could be written)")
