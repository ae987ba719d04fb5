"""The exchange log as tables: derived columns, Parquet files by day, and reading them back."""
