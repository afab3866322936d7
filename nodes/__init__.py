"""All that runs inside a node process, and what both sides of the wire agree on."""
