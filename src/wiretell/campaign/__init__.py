"""One audit from beginning to end: what is tried, how the lab is driven, what it all comes to."""
