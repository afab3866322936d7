"""What a file, a prompt and a cluster have in common: quantities, names, settings. Types, and nothing that is done with them."""
