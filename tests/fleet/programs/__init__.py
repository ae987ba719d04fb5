"""Hashes, recognising programs without running them, native installs, binaries, processes."""
