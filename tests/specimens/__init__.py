"""Planted agents: small programs of our own with a known channel (or none), each with its oracle."""
