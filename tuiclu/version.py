"""Which tuiclu this is. It stands in every event stream: another version may give other events."""

__version__ = "0.1.0"
