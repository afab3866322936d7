"""The sentences in which events are told, in every language, a file for each subject; `tuiclu.model.narration` tells them."""
