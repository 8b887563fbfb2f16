"""Kernels that talk through files: TCP ports race when several kernels start together."""

import tempfile
from pathlib import Path

from jupyter_client.manager import KernelManager
from traitlets import Enum, default


class IpcKernelManager(KernelManager):
    """A kernel manager for systems with Unix sockets."""

    transport = Enum(["ipc"], default_value="ipc")

    @default("ip")
    def _path_of_the_sockets(self) -> str:
        # Jupyter's own default is relative, and the kernel may run in another folder than this process.
        self._folder = tempfile.TemporaryDirectory(prefix="kernel-", ignore_cleanup_errors=True)
        return str(Path(self._folder.name) / "socket")
