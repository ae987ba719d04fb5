"""Reading a package for what it hides: unpacked, never executed."""
