"""Quizzes: the questions of a lesson, predictions, marks, and what is kept of them."""
