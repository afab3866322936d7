"""Clusters that nobody would think of: scenarios drawn at random, run twice, and files that are wrong in ways nobody meant.

chance      what is drawn in small, and what every part of a scenario must know of the whole
clusters    chance -> hardware, wire, costs, policies, Initiators, owners
jobs        chance -> processes and programs
scripts     chance -> steps of the script, and lines that somebody types
demands     chance -> expectations
drawn       seed -> a valid scenario, as the tree of a file; pure, as all of these
odd         classes of a user's own that scenarios name
coverage    what scenarios can say, and what a drawn one says: nothing is forgotten that somebody adds to the language
hostile     seed -> the text of a scenario that somebody has spoilt, or filled with absurd values; pure
trial       runs one of either kind on real node processes, or a session of somebody who gives orders, and says what is wrong with it
shrink      takes away what a failure does not need
__main__    python -m tests.random_scenarios --seeds 0..999 [--hostile]
"""
