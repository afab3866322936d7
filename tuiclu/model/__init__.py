"""A view of the cluster folded from its events: one source for screen, report and check."""
