"""Jobs by several processes at once, answers in the order of the jobs.

Each worker has a thread here that gives it a job and passes on its batches, through a queue of few: a worker that is
ahead waits, so that memory stays flat however much is found. Workers are started when there is a second job.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Pipe
from types import TracebackType
from typing import Final

from wiretell.errors import InternalError
from wiretell.logs.examine import Examiner
from wiretell.logs.interface import Batch
from wiretell.logs.jobs import Job, run
from wiretell.marks.interface import Detector

MOST_WORKERS: Final = 64
_WAITING_BATCHES: Final = 16
"""Of one job."""
_LOOK_S: Final = 0.2
"""How often a thread that waits looks whether all is over."""

_KEEP_MEMORY: Final = {"MALLOC_MMAP_THRESHOLD_": str(256 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}
"""For the C library of Linux: a worker takes and frees some hundred KB for each line, and giving them back to the
system each time costs a tenth of its time (mallopt(3)). Elsewhere these mean nothing."""

_Out = queue.Queue[Batch | BaseException | None]


class Pool:
    """Does jobs, in this process where `workers` is 1. A context manager; it ends its workers."""

    def __init__(self, detectors: Sequence[Detector], keep: int | None, workers: int) -> None:
        self._examiner = Examiner(detectors, keep)
        self._hello = tuple(each.name for each in detectors), keep
        self._workers = max(1, min(workers, MOST_WORKERS))
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._live: list[_Worker] = []
        self._local = threading.local()
        self._threads = ThreadPoolExecutor(self._workers, thread_name_prefix="marks")

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._ended.set()
            for worker in self._live:  # first: a thread that waits for an answer ends with its worker
                worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._live:
            worker.close()

    def run(self, jobs: Iterable[Job], *, alone: bool = False) -> Iterator[Batch]:
        """Do jobs; their batches come in order. `alone`: in this process, because there is little to do."""
        if alone or self._workers == 1:
            for job in jobs:
                yield from run(job, self._examiner)
            return
        ahead: deque[_Out] = deque()
        for job in jobs:
            ahead.append(self._submit(job))
            if len(ahead) > 2 * self._workers:
                yield from _drained(ahead.popleft())
        while ahead:
            yield from _drained(ahead.popleft())

    def _submit(self, job: Job) -> _Out:
        out: _Out = queue.Queue(_WAITING_BATCHES)
        self._threads.submit(self._do, job, out)
        return out

    def _do(self, job: Job, out: _Out) -> None:
        try:
            for batch in self._worker().do(job):
                self._put(batch, out)
            self._put(None, out)
        except BaseException as error:
            self._put(error, out)

    def _put(self, item: Batch | BaseException | None, out: _Out) -> None:
        while not self._ended.is_set():
            try:
                out.put(item, timeout=_LOOK_S)
            except queue.Full:
                continue
            return

    def _worker(self) -> _Worker:
        """Return this thread's worker."""
        worker: _Worker | None = getattr(self._local, "worker", None)
        if worker is None:
            with self._lock:
                if self._ended.is_set():
                    raise InternalError("reading was ended.")
                worker = self._local.worker = _Worker(self._hello)
                self._live.append(worker)
        return worker


def _drained(out: _Out) -> Iterator[Batch]:
    while (item := out.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item


class _Worker:
    """One process that does jobs."""

    def __init__(self, hello: object) -> None:
        self._link, theirs = Pipe()
        try:
            # In a session of its own: Ctrl-C comes to this process alone, which then ends it.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "wiretell.logs.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=os.environ | _KEEP_MEMORY,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        finally:
            theirs.close()
        self._send(hello)

    def do(self, job: Job) -> Iterator[Batch]:
        """Give it a job and return its batches."""
        self._send(job)
        while (batch := self._receive()) is not None:
            yield batch

    def _send(self, message: object) -> None:
        try:
            self._link.send(message)
        except OSError as error:
            raise self._broken() from error

    def _receive(self) -> Batch | None:
        try:
            answer: Batch | None = self._link.recv()
        except (EOFError, OSError) as error:
            raise self._broken() from error
        return answer

    def _broken(self) -> InternalError:
        code = self._process.wait()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return InternalError(f"a process that reads for this one ended early ({how}); try again with one worker.")

    def kill(self) -> None:
        """End it while another thread waits for its answer."""
        self._process.kill()

    def close(self) -> None:
        """Free what is left of it, after `kill`."""
        self._process.wait()
        self._link.close()
