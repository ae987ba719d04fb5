"""What a hunt finds in made-up logs whose truth is known, and what it costs; trivial rules beside it."""
