"""`tuiclu compare`: the same process, moved at the same instant, once by each strategy, side by side.

`experiment` makes the runs, `findings` draws the conclusions, `table` and `plot` show both.
"""
