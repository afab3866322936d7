"""The course: the bundled demos as lessons, in the order of the lecture."""
