"""`wiretell/hunt-explain/1`: the statement of reasons for one account, as text and JSON."""
