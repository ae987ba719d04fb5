"""Pure: align, noise, differences, attribution."""
