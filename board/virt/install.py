"""Puts the daemon onto a running virtual board, file by file where a package would."""

import os
from pathlib import Path

from machine import HERE, Machine

REPOSITORY = HERE.parents[1]

# Where the files of systemd/ go, by the ends of their names.
SYSTEM = {
    ".service": "/usr/lib/systemd/system/{}.service",
    ".path": "/usr/lib/systemd/system/{}.path",
    ".sysusers.conf": "/usr/lib/sysusers.d/{}.conf",
}


def models() -> Path:
    """The models' folder on the host, where the programs look for it."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("DRAGOMAN_MODELS") or Path(cache) / "dragoman/models")


def install(
    guest: Machine, binaries: Path = REPOSITORY / "target/release", config: Path = HERE / "dragoman.toml"
) -> None:
    """Installs everything, with the permissions that the board's file asks for; starts only what that asks for."""
    for program in ("dragomand", "dragoman"):
        guest.put(binaries / program, f"/usr/bin/{program}", 0o755)
    for end, target in SYSTEM.items():
        for source in (REPOSITORY / "systemd").glob(f"*{end}"):
            guest.put(source, target.format(source.name.removesuffix(end)))
    guest.put(config, "/etc/dragoman/dragoman.toml")
    # The folder gets its owner before the host's files appear in it: systemd would go through them all to set it.
    guest.check("systemd-sysusers && install -d -o dragoman -g dragoman -m 0750 /var/lib/dragoman")
    guest.mount(models(), "/var/lib/dragoman/models")
    # What an integrator does on a device.
    told = guest.check("dragoman board permissions --install")
    guest.check(next(line for line in told.splitlines() if line.startswith("now: ")).removeprefix("now: "))
    guest.check("udevadm settle")
