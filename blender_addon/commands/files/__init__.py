"""Files: opened, saved, imported and exported."""
