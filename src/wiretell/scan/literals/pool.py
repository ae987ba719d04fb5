"""JavaScript by one or two workers at once, answers in the order of the questions."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final

from wiretell.errors import WiretellError
from wiretell.scan.interface import Buffer, Progress
from wiretell.scan.literals.acorn import ensure, node
from wiretell.scan.literals.worker import Answer, Settings, Worker, WorkerError, processors

MOST_WORKERS: Final = 2
"""More would not be faster by much (one module is often most of a program), and each takes memory."""


class Pool:
    """Workers, started when they are needed. A context manager; it ends them."""

    def __init__(self, settings: Settings, progress: Progress, find: Callable[[Progress], Path] = ensure) -> None:
        self._settings = settings
        self._progress = progress
        self._find = find
        self._acorn: Path | None = None
        self._failed = ""
        self._lock = threading.Lock()
        self._ended = False
        self._live: set[Worker] = set()
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(max(1, min(MOST_WORKERS, processors())), thread_name_prefix="acorn")

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._ended = True
            for worker in self._live:  # first: a thread that waits for an answer ends with its worker
                worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        while not self._idle.empty():
            self._idle.get().close()

    @property
    def failed(self) -> str:
        """Why no worker can be had; empty while one can."""
        with self._lock:
            if self._acorn is None and not self._failed:
                try:
                    self._acorn = self._find(self._progress)
                except WiretellError as error:
                    self._failed = str(error)
            return self._failed

    def ask(self, source: Buffer) -> Future[Answer]:
        """Give a source to the next free worker. The future may end in WorkerError."""
        return self._threads.submit(self._ask, source)

    def _ask(self, source: Buffer) -> Answer:
        worker = self._worker()
        try:
            answer = worker.ask(source)
        except WorkerError:  # it is closed, and not used again
            with self._lock:
                self._live.discard(worker)
            raise
        self._idle.put(worker)
        return answer

    def _worker(self) -> Worker:
        if self.failed or self._acorn is None:
            raise WorkerError(self.failed)
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            pass
        return self._started(self._acorn)

    def _started(self, acorn: Path) -> Worker:
        try:
            worker = Worker(node(), acorn, self._settings)
        except OSError as error:
            raise WorkerError(f"node cannot be started ({error.strerror})") from error
        with self._lock:
            if not self._ended:
                self._live.add(worker)
                return worker
        worker.close()
        raise WorkerError("reading was ended")
