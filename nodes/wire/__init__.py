"""What the two sides of the wire agree on: names, parameters, messages, events and their encoding.

The only part of `nodes`, beside the catalogue of programs, that the outside may import.
"""
