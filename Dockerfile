# Tenon in a Blender without a window: docs/docker.md. From the root of the repository:
#   docker build --platform linux/amd64 -t tenon .
#   docker run --rm -p 127.0.0.1:9876:9876 -e TENON_TOKEN=... -e TENON_INSECURE_REMOTE=1 -v tenon:/data tenon
# bpy, Blender as a Python module, exists for Linux on x64 only.

FROM rust:1-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN python3 build_addon.py build

FROM python:3.11-slim-bookworm
# What bpy links against, as build_steps/debian.py has it, and a first process that hands on signals and ends what
# Blender leaves behind.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libegl1 libgl1 libglx0 libgomp1 libice6 libopengl0 libsm6 libstdc++6 libwayland-client0 libx11-6 libxext6 \
        libxfixes3 libxi6 libxkbcommon0 libxrender1 libxt6 libxxf86vm1 \
        tini \
    && rm -rf /var/lib/apt/lists/*
COPY build_steps/requirements.txt /opt/tenon/build_steps/
RUN grep '^bpy==' /opt/tenon/build_steps/requirements.txt > /tmp/bpy.txt \
    && pip install --no-cache-dir --disable-pip-version-check -r /tmp/bpy.txt \
    && rm /tmp/bpy.txt \
    && python -c "import bpy"
COPY build_steps/serve.py build_steps/health.py /opt/tenon/build_steps/
COPY --from=build /src/target/addon /opt/tenon/target/addon
RUN useradd --create-home --uid 1000 tenon && install --directory --owner=tenon --group=tenon /data
USER tenon
# Sessions, logs and preferences lie in the volume, and so do the files that clients name by a relative path.
ENV BLENDER_USER_RESOURCES=/data/blender \
    TENON_STATE_DIR=/data/state \
    TENON_HOST=0.0.0.0 \
    TENON_PORT=9876
VOLUME /data
WORKDIR /data
EXPOSE 9876
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "/opt/tenon/build_steps/health.py"]
# Host and port come from the environment; after them a .blend to open may be given.
ENTRYPOINT ["tini", "--", "python", "-u", "/opt/tenon/build_steps/serve.py", "", ""]
