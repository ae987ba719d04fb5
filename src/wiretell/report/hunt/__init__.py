"""`wiretell/hunt/1`: campaigns found in exchange logs, with the reasons for every account, as text, JSON and HTML."""
