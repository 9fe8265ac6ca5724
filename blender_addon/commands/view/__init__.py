"""The scene looked at: the user's view and views of its own."""
