"""The laws that must hold at every event of every run, by what they are about; `tuiclu.model.invariants` watches them."""
