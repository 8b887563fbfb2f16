"""Sentences for what installers and systems say."""

import errno

import pytest

from launcher.errors import DISK_FULL, likely_cause, os_sentence


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("error: failed to write: There is not enough space on the disk. (os error 112)", "disk is full"),
        ("Failed to establish a new connection: [Errno -3] Temporary failure in name resolution", "network"),
        ("error sending request for url", "network"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "certificate"),
        ("ERROR: Could not find a version that satisfies the requirement idna==3.20 (from versions: none)", "network"),
        ("ERROR: Package 'x' requires a different Python: 3.15.0 not in '<3.15'", "try Python 3.11 to 3.14"),
        ("[Errno 13] Permission denied: '/opt/x'", "folder of your own"),
        ("something nobody has seen", "end of that file"),
    ],
)
def test_the_likely_cause_is_read_from_the_output(output: str, word: str) -> None:
    assert word in likely_cause(output)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EEXIST, errno.ENOENT])
def test_an_error_of_the_system_names_the_path(number: int) -> None:
    assert "/some/where" in os_sentence(OSError(number, "what the system says", "/some/where"))


def test_a_full_disk_needs_no_path() -> None:
    assert os_sentence(OSError(errno.ENOSPC, "No space left on device")) == DISK_FULL
