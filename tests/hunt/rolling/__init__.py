"""Roll-ups, core and increments, against a plain reference."""
