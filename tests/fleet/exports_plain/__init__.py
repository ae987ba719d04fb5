"""Exports that need no query: names, egress, CycloneDX."""
