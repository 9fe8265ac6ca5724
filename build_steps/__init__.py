"""The steps behind `build_addon.py`, one area a file; standard library only, any Python from 3.10 on.

project        what the repository is: paths, version, platform, and how a step speaks and fails
environment    a bare machine in, a virtual environment with bpy, maturin and zig out
debian         missing system packages: installed where that is allowed, else the line to type
native         sources in, the staged add-on `target/addon/tenon` out
release        the staged add-on in, the release zip, the client, checksums and Blender's repository out
versions       the one version, and every place that repeats it
checks         every lint and test, in order, with a summary
serve          runs inside Blender's own Python, not in the one that builds
health         the health check of the image that the Dockerfile makes
"""
