"""Answers into another protocol, whole or streamed.

    upstream's bytes -> read_* -> parts -> Sequencer -> parts in order, one block at a time -> write_* -> client's bytes

Written here and not left to llm-rosetta, whose streams (0.13.0) mix the arguments of parallel tool calls, end blocks
twice or not at all, and count what was read from a cache not at all in one direction and twice in the other.
"""
