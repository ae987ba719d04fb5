"""Readers: one file for each way in which agents come to a machine."""
