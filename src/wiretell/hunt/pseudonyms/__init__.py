"""Logs that may leave their owner: identifying columns become keyed hashes, what a hunt does not read is left out.

One log in, one new folder out, with the same names of files and the same columns as far as they are kept, so that a
hunt reads it as it reads the log. docs/hunt-privacy.md says what such a log still tells.
"""

from wiretell.hunt.pseudonyms.columns import Columns
from wiretell.hunt.pseudonyms.keeping import key_of
from wiretell.hunt.pseudonyms.writing import Pseudonymised, check, pseudonymise

__all__ = ["Columns", "Pseudonymised", "check", "key_of", "pseudonymise"]
