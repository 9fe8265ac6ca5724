"""Building elements and rooms: commands that make clean meshes with real dimensions."""
