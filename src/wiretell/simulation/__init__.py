"""Made-up exchange logs with known campaigns in them: operators with budgets, honest people with hard look-alikes.

For tests and benchmarks of `hunt`, which never imports it.
"""
