#!/usr/bin/env python3
"""Writes a container image without a registry: image.py OUT.tar NAME ROOT [CMD...]

ROOT is a directory that becomes the only layer. The archive holds what `docker load` and
`podman load` ask for: a layer, a configuration and a manifest. Times and owners are fixed, so the
same directory gives the same image id on every machine.
"""

import hashlib
import io
import json
import sys
import tarfile

CREATED = "2026-01-01T00:00:00Z"
LABELS = {"org.saker.stand-in": "true"}
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def plain(member):
    """A member of the layer without anything of the machine that packed it."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 1767225600  # CREATED
    return member


def layer_of(root):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(root, arcname=".", filter=plain)  # tarfile sorts the names of a directory
    return out.getvalue()


def main(out, name, root, *command):
    layer = layer_of(root)
    layer_id = hashlib.sha256(layer).hexdigest()
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "created": CREATED,
            "config": {"Env": [PATH], "Cmd": list(command), "WorkingDir": "/", "Labels": LABELS},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + layer_id]},
            "history": [{"created": CREATED, "created_by": "samples/lib/image.py"}],
        }
    ).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    layer_name = layer_id + "/layer.tar"
    manifest = json.dumps([{"Config": config_name, "RepoTags": [name], "Layers": [layer_name]}]).encode()
    with tarfile.open(out, "w") as tar:
        for path, data in ((layer_name, layer), (config_name, config), ("manifest.json", manifest)):
            member = tarfile.TarInfo(path)
            member.size = len(data)
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(data))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
