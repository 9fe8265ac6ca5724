"""Objects: made, changed, selected and described."""
