"""A node's kernel: mechanism only. It owns no policy on who moves, where to, and whether to accept."""
