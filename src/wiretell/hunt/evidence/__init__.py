"""What speaks for a cluster being one campaign: a file a kind of evidence, each with its honest look-alike."""
