"""`wiretell/statement/1`: what one user's requests of a period cost, as text and JSON."""
