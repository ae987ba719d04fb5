"""What is audited: interface plus one file a kind of target."""
