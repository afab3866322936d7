"""Mutation testing: small faults are put into a copy of the tree, one after the other, and the tests have to notice.

```
 operators   what can be done to a piece of code: those of mutmut, and some of our own (a step left out, a row of a table ...)
 listing     all mutants of a file, each with its difference
 trial       one mutant in a copy of the tree, and the tests that are nearest to it
 known       mutants that no test can notice, each with its reason (`equivalent.toml`)
```
mutmut itself mutates functions only, and chooses among its mutants by a call in the tests' own process. Our protocols are tables beside the
functions, and nodes are processes of their own, which have to import the mutated file: so its operators are driven by what stands here.
"""
