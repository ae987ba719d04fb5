"""Lossless reading (wire) and keeping (store) of what was sent."""
