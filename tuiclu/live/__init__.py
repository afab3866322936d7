"""A cluster that runs in a process of its own while somebody in front of it watches and gives commands. Imports no screen.

`process` is the side of the cluster, `front` the side of whoever watches; `protocol` is what they say to each other.
"""
