"""Walks one appointment all the way, by itself, against a running stack: `make demo`."""
