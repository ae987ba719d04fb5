"""Where SQL runs: DuckDB in this process, or Spark. One text, in DuckDB's dialect, for both."""
