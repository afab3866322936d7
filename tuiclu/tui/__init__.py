"""The screen: the only package that imports textual. `draw` and what it needs do not."""
