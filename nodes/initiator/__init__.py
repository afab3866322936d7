"""The Initiator (Stallings' *Starter*): decides who moves, where to, and who is let in. Knows numbers and messages, never the kernel."""
