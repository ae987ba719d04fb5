"""One door for every agent: records, edits only what it says, routes, and keeps budgets."""
