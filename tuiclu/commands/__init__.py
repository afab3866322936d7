"""The commands, a room for each group. What a command needs is imported when it runs: `tuiclu --help` must not wait for an emulator."""
