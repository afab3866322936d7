"""Names of things: nodes are `n1`, links `n1-n2`, processes `n1.3`."""

NodeName = str
"""A node's name, unique in the cluster and kept over a restart."""

Pid = str
"""`home.serial`: `n1.3` is the third process born on n1. Location-independent, for life, and never used again."""


def make_pid(home: NodeName, serial: int) -> Pid:
    """Name the `serial`-th process (from 1) born on `home`."""
    return f"{home}.{serial}"


def home_of(pid: Pid) -> NodeName:
    """Return the node on which `pid` was born."""
    return pid.rpartition(".")[0]
