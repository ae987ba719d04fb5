"""What speaks for a cluster being one campaign: a file a kind of evidence, each with its honest look-alike.

```
shared.py (tokens)  timing.py  sharding.py  lifecycle.py  content.py  contradiction.py  ->  weighing.weigh
```
"""
