"""Kernels that talk through files: TCP ports race when several kernels start together."""

import shutil
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
        return str(Path(tempfile.mkdtemp(prefix="kernel-")) / "socket")

    def cleanup_ipc_files(self) -> None:
        super().cleanup_ipc_files()
        shutil.rmtree(Path(self.ip).parent, ignore_errors=True)
