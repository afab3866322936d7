"""What the screen shows, as text with names of styles: functions from frames to paper. Pure; imports no textual."""
