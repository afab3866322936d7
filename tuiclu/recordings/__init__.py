"""Runs that are kept: a file from which a run is repeated to the event, and what is made of it for those who only look."""
