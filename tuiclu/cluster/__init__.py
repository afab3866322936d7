"""The cluster: engine, clock, wire, faults, journal, and the launcher of node processes."""
