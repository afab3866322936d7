"""Clusters that nobody would think of: scenarios drawn at random, run twice, and files that are wrong in ways nobody meant.

drawn       seed -> a valid scenario, as the tree of a file; pure
hostile     seed -> the text of a scenario that somebody has spoilt, or filled with absurd values; pure
trial       runs one of either kind on real node processes and says what is wrong with it
shrink      takes away what a failure does not need
__main__    python -m tests.random_scenarios --seeds 0..999 [--hostile]
"""
