"""tuiclu: a cluster of real processes in a terminal, for teaching distributed process management."""

__version__ = "0.1.0"
