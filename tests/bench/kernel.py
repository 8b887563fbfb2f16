"""A real kernel that runs code and hands back the value of an expression."""

import ast
from types import TracebackType
from typing import Any, Self

import psutil

from tests.kernels import IpcKernelManager


class Kernel:
    """A fresh IPython kernel for one measurement."""

    def __enter__(self) -> Self:
        self._manager = IpcKernelManager()
        self._manager.start_kernel()
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    def run(self, code: str, expression: str = "None") -> Any:
        """The value of `expression` after `code`; a literal. Raises `RuntimeError` with the kernel's traceback."""
        reply = self._client.execute_interactive(
            code, user_expressions={"value": expression}, timeout=600, allow_stdin=False, output_hook=lambda _: None
        )
        content = reply["content"]
        if content["status"] != "ok":
            raise RuntimeError("\n".join(content["traceback"]))
        return ast.literal_eval(content["user_expressions"]["value"]["data"]["text/plain"])

    def uss(self) -> int:
        """The bytes that belong to the kernel alone."""
        return int(psutil.Process(self.run("import os", "os.getpid()")).memory_full_info().uss)
