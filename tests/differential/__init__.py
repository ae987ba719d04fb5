"""The differential test of the date line: a real release, the specimen and `wiretell.marks`, world by world.

    worlds.py   which worlds: hosts of every kind, every zone name; the same for the same seed
    running.py  both agents in the sealed lab, side by side; the line each sent, and the line `wiretell.marks` predicts
    table.py    how many agree, by state and by kind of host

`python -m tests.differential` is the whole of it.
"""
