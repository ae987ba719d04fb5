"""A second made-up world, written blind to the detector and to `wiretell hunt simulate`, to test the one by the other.

It differs where facts allow: prompts are texts and are hashed as the gateway hashes them; accounts are processes on one
clock, and the provider's limits, outages and bans happen to whoever is there.
`python -m tests.hunt.second_world --seed N` makes a log, hunts in it and prints what came out.
"""
