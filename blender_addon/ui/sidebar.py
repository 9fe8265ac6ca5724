"""Where Tenon's panels are: the sidebar of the 3D View, in a tab of their own. Main thread only."""

from __future__ import annotations


class TenonPanel:
    """What a panel's class begins with."""

    bl_category = "Tenon"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
