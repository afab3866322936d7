"""Process migration: two state machines with a commit point, and a strategy a file. Whether a process moves is decided elsewhere."""
