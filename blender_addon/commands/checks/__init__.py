"""Looking into meshes, scenes and distances by numbers, so that nobody has to judge them by eye."""
