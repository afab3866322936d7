"""Distributed global states: what the processes and channels of a whole system hold, recorded while it runs. Sans I/O."""
