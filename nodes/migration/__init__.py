"""Process migration: two state machines with a commit point, the rows of a process image, and a strategy a file."""
