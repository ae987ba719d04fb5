"""Spark: the same hunt for logs beyond one machine. Needs PySpark and a Java runtime.

Without `SPARK_MASTER` it runs in this process and listens on loopback only. Tested in that local mode; on a cluster the
log and the temporary folder (TMPDIR) must be ones that every worker reads.
"""

from __future__ import annotations

import importlib
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

from wiretell.errors import FormatError, InternalError, UsageError
from wiretell.hunt.engine import embedded
from wiretell.hunt.engine.arrow import usual
from wiretell.hunt.engine.dialect import to_spark, transpiled
from wiretell.hunt.engine.duck import appear
from wiretell.hunt.engine.interface import ArrowTable
from wiretell.hunt.engine.settings import memory_mb as memory_of
from wiretell.hunt.engine.settings import threads as threads_of
from wiretell.hunt.log import shaping, tearing
from wiretell.hunt.log.footers import first_line
from wiretell.hunt.log.interface import Log, Part
from wiretell.hunt.log.landing import land

INSTALL: Final = "The engine spark needs PySpark: pip install 'wiretell[hunt,spark]'."
JAVA: Final = "The engine spark needs a Java runtime (17 or later): install openjdk-17-jre-headless, or set JAVA_HOME."

_MAGIC: Final = str.maketrans({each: "\\" + each for each in "{}[]*?\\"})
"""Spark reads a name as a glob."""
_OURS: Final = ("AnalysisException", "ParseException", "IllegalArgumentException")


class SparkEngine:
    """Runs statements in a Spark session of its own."""

    name = "spark"

    def __init__(self, memory_mb: int | None = None, threads: int | None = None, scratch: Path | None = None) -> None:
        """Start a session, which takes some ten seconds.

        `memory_mb`: megabytes of the Java heap in local mode; the other arguments as of `DuckEngine`.

        :raises UsageError: where PySpark or Java is missing, or no session can be started.
        """
        self._memory_mb, self._threads = memory_of(memory_mb), threads_of(threads)
        builder = _builder()
        self._folder = Path(tempfile.mkdtemp(prefix="wiretell-hunt-", dir=scratch))
        self._number = 0
        self._files: tuple[Path, ...] = ()
        """Parquet that the views read as it is."""
        try:
            self._session: Any = _started(builder, self._settings())
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def _settings(self) -> dict[str, str]:
        master = os.environ.get("SPARK_MASTER")
        settings = {
            "spark.master": master or f"local[{self._threads}]",
            "spark.app.name": "wiretell hunt",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.eventLog.enabled": "false",
            "spark.log.level": "ERROR",
            "spark.local.dir": str(self._folder / "local"),
            "spark.sql.warehouse.dir": str(self._folder / "tables"),
            "spark.sql.catalogImplementation": "in-memory",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.ansi.enabled": "true",
            "spark.sql.parquet.binaryAsString": "true",
            "spark.sql.parquet.compression.codec": "zstd",
        }
        if master:
            return settings
        return settings | {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": f"{self._memory_mb}m",
            "spark.sql.shuffle.partitions": str(2 * self._threads),
        }

    def read(self, log: Log) -> None:
        """Make the view `exchange` over the rows of a log; what Spark does not read is put into Parquet by DuckDB."""
        self._files = log.files if log.form == "parquet" else ()
        parts = {f"exchange_part{number}": part for number, part in enumerate(self._landed(log).parts)}
        with _told(self._files):
            for name, part in parts.items():
                self._parquet(part.files).createOrReplaceTempView(name)
        if not parts:
            self.run("CREATE VIEW exchange_part0 AS SELECT CAST(NULL AS VARCHAR) AS account WHERE FALSE")
            parts = {"exchange_part0": Part((), {"account": "text"})}
        self.run(f"CREATE VIEW exchange_told AS {shaping.told(parts)}")
        self.run(f"CREATE VIEW exchange_read AS {shaping.read()}")
        self.run(f"CREATE VIEW exchange AS {shaping.exchange()}")

    def _landed(self, log: Log) -> Log:
        if log.form == "parquet" and all(map(shaping.is_plain, log.parts)):
            return log
        with closing(embedded.connect(self._memory_mb, self._threads, self._folder)) as connection:
            return land(log, self._folder, connection)

    def run(self, sql: str) -> None:
        """Carry out one statement that gives no rows."""
        tree = transpiled(sql)
        if tree.key == "create":
            self._forget(tree.this.name, tree.kind)
        with _told(self._files):
            self._session.sql(to_spark(sql))

    def fetch(self, sql: str) -> ArrowTable:
        """Return the rows of a query. Integers are 64 bits wide, texts and lists plain."""
        with _told(self._files):
            return usual(self._session.sql(to_spark(sql)).toArrow())

    def put(self, name: str, table: ArrowTable) -> None:
        """Make an Arrow table known under a name, replacing what had it."""
        self._number += 1
        file = self._folder / f"put{self._number}.parquet"
        importlib.import_module("pyarrow.parquet").write_table(usual(table), file)
        self.load(name, [file])

    def save(self, sql: str, path: Path) -> None:
        """Write the rows of a query as one Parquet file: whole or not at all, and durable."""
        self._number += 1
        folder = self._folder / f"save{self._number}"
        undone = path.with_name(f".{path.name}.tmp")
        try:
            with _told(self._files):
                self._session.sql(to_spark(sql)).coalesce(1).write.parquet(str(folder))
            shutil.copyfile(next(folder.glob("part-*.parquet")), undone)
            appear(undone, path)
        finally:
            undone.unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)

    def load(self, name: str, paths: Sequence[Path]) -> None:
        """Make a view over Parquet files that `save` wrote."""
        self._forget(name, "TABLE")
        with _told():
            self._parquet(paths).createOrReplaceTempView(name)

    def close(self) -> None:
        """End it; nothing stays behind."""
        try:
            self._session.stop()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _parquet(self, files: Sequence[Path]) -> Any:
        return self._session.read.parquet(*(str(self._seen(file.absolute())).translate(_MAGIC) for file in files))

    def _seen(self, file: Path) -> Path:
        """Return a name of a file that Spark reads: it passes over those that begin with `_` or a dot."""
        if not file.name.startswith(("_", ".")):
            return file
        self._number += 1
        link = self._folder / f"link{self._number}.parquet"
        link.symlink_to(file)
        return link

    def _forget(self, name: str, kind: str) -> None:
        """Make room for a table or a view: in Spark a view hides a table of the same name."""
        with _told():
            self._session.catalog.dropTempView(name)
            if kind == "TABLE":
                self._session.sql(f"DROP TABLE IF EXISTS {name}")


@cache
def _errors() -> Any:
    return importlib.import_module("pyspark.errors")


def _builder() -> Any:
    try:
        builder = importlib.import_module("pyspark.sql").SparkSession.builder
    except ImportError:
        raise UsageError(INSTALL) from None
    if not shutil.which("java") and not os.environ.get("JAVA_HOME"):
        raise UsageError(JAVA)
    return builder


def _started(builder: Any, settings: dict[str, str]) -> Any:
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # it prints every error by itself
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except _errors().PySparkRuntimeError as error:
        raise UsageError(f"{JAVA} Spark says: {first_line(error)}.") from None


@contextmanager
def _told(files: Sequence[Path] = ()) -> Iterator[None]:
    """Tell what Spark raises in words of this project. `files`: Parquet that is read, one of which may be broken.

    :raises FormatError: a file of the log is broken, or went away.
    :raises InternalError: the statement itself is at fault.
    """
    try:
        yield
    except _errors().PySparkException as error:
        if type(error).__name__ in _OURS:
            raise InternalError(f"A statement of the hunt failed: {error}") from error
        raise FormatError(tearing.told(first_line(error), files)) from None
    except importlib.import_module("py4j.protocol").Py4JJavaError as error:  # of a task, from `toArrow`
        raise FormatError(tearing.told(_cause(error), files)) from None


def _cause(error: Any) -> str:
    """Return the first line of what a task met that tells of a file, without the classes it went through."""
    lines = str(error).splitlines()
    told = [line.partition(": ")[2] for line in lines if line.startswith(("org.apache.spark", "Caused by"))]
    return (told or lines or [type(error).__name__])[0].rstrip(". ")
