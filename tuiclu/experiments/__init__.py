"""Questions that take many runs.

| module | asks |
|---|---|
| `experiment` | the same process, moved at the same instant, by each strategy (`findings` concludes; `table`, `plot` show it) |
| `sweep` | the same, for a row of values of one parameter |
| `policies` | the same jobs under every load policy, over several seeds |
| `verify` | whether the same scenario and seed give the same events |
| `many_runs` | nothing: it makes runs for the others, in a few processes one after the other |
"""
