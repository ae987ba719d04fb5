"""The fast pass: from raw bytes to encoded strings that are worth a key search.

`find` tests every run of base64, base32 and hexadecimal digits, lists of numbers, literals in a row and literals with
escapes with a few exact tests (`_survey`); what passes is decoded, what a key can make of it is `scan.keys`' affair.
Two engines give the same results: one compiles the functions of this folder with numba, one runs them as they stand.
"""

from __future__ import annotations

from wiretell.scan.native._find import Found, engines, find, find_in_file, suited, warm_up

__all__ = ["Found", "engines", "find", "find_in_file", "suited", "warm_up"]
