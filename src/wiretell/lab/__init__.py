"""Worlds, plan, sandbox, sink, runner: an unmodified agent, started sealed."""
