"""From exchange logs to campaigns, with reasons: `hunting.hunt` is the whole flow on one screen.

```
log/ -> sql/ (engine/) -> tables -> graph/ -> evidence/ -> judging -> model.hunt
```

It never bans: it ranks, explains, and says what would change its mind. It must not import what makes test logs.
"""
