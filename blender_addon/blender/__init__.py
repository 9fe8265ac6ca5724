"""What every part needs of Blender: context, data by name, settings changed for a while."""
