"""The scenario language: its schema, the parser, expectations and the runner."""
