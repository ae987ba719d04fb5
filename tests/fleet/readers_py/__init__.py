"""Readers of Python packages and of Debian's."""
