"""What a log tells of an account: statements, evidence, and what another policy would have done."""
