"""The file system of one run, built by its first process in a mount namespace of its own.

The root is a tmpfs of bounded size. This machine's programs are bound into it read-only; /etc, HOME and the working
folder hold what the world says and nothing of this machine.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from wiretell.lab.protocol import Layout
from wiretell.lab.sandbox import kernel
from wiretell.lab.spec import COMPILE_CACHE_DIR, FileSpec, RunSpec

_DEVICES: Final = ("null", "zero", "full", "random", "urandom", "tty")
_DEV_LINKS: Final = (
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
)
_WORLD_WRITABLE: Final = ("/tmp", "/var/tmp", "/run", "/dev/shm")  # noqa: S108 - paths inside the sandbox
_MAX_FILES: Final = 400_000
_LOCALE_DIR: Final = "/usr/lib/locale"
_LOCALE_MODEL: Final = ("C.utf8", "C.UTF-8")
NEW_ROOT: Final = "root"
LOCALES: Final = "locales"
CACHE: Final = "compile-cache"


def stage(layout: Layout) -> None:
    """Prepare, once a lab, the tmpfs at `layout.staging` that holds what the runs of a warden share."""
    staging = Path(layout.staging)
    for name in (NEW_ROOT, LOCALES, CACHE):
        (staging / name).mkdir(exist_ok=True)
    _stage_locales(staging / LOCALES, layout.locales)


def _stage_locales(folder: Path, wanted: tuple[str, ...]) -> None:
    """Give every wanted locale that this machine lacks the files of C.UTF-8, so that it exists for the C library."""
    here = Path(_LOCALE_DIR)
    model = next((here / name for name in _LOCALE_MODEL if (here / name).is_dir()), None)
    if model is None:
        return
    for entry in here.iterdir():
        place = folder / entry.name
        place.mkdir() if entry.is_dir() else place.touch()
        kernel.mount(str(entry), str(place), flags=kernel.MS_BIND | kernel.MS_REC)
    for name in wanted:
        if not (folder / name).exists():
            (folder / name).symlink_to(model.name)


def build(layout: Layout, spec: RunSpec) -> None:
    """Build the run's root and move into it; the old root is gone afterwards."""
    root = os.path.join(layout.staging, NEW_ROOT)
    kernel.mount("", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
    limits = f"mode=755,size={spec.limits.disk_bytes},nr_inodes={_MAX_FILES}"
    kernel.mount("tmpfs", root, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, limits)
    _bind_system(root, layout)
    _bind_cache(root, layout, writable=spec.writable_compile_cache)
    for source, target in layout.binds:
        bind_read_only(source, root + target)
    _make_dev(root)
    os.makedirs(root + "/proc")
    kernel.mount("proc", root + "/proc", "proc", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
    for folder in (*_WORLD_WRITABLE, spec.home, spec.cwd):
        os.makedirs(root + folder, exist_ok=True)
    for file in spec.files:
        _lay(root, file)
    kernel.mount(root + "/etc", root + "/etc", flags=kernel.MS_BIND)
    kernel.make_read_only(root + "/etc")
    os.chdir(root)
    kernel.pivot_root(".", ".")
    kernel.unmount(".")
    os.chdir("/")


def bind_read_only(source: str, target: str) -> None:
    """Show `source` at `target`, read-only with all that is mounted below it."""
    if Path(source).is_dir():
        os.makedirs(target, exist_ok=True)
    elif not os.path.lexists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    kernel.mount(source, target, flags=kernel.MS_BIND | kernel.MS_REC)
    kernel.make_read_only(target)


def _bind_system(root: str, layout: Layout) -> None:
    for folder in layout.system:
        bind_read_only(folder, root + folder)
    for path, target in layout.links:
        os.symlink(target, root + path)
    for folder in layout.masks:
        kernel.mount("tmpfs", root + folder, "tmpfs", kernel.MS_RDONLY, "size=4k,mode=755")
    if os.listdir(os.path.join(layout.staging, LOCALES)):
        bind_read_only(os.path.join(layout.staging, LOCALES), root + _LOCALE_DIR)


def _bind_cache(root: str, layout: Layout, *, writable: bool) -> None:
    if writable:
        os.makedirs(root + COMPILE_CACHE_DIR)
    else:
        bind_read_only(os.path.join(layout.staging, CACHE), root + COMPILE_CACHE_DIR)


def _make_dev(root: str) -> None:
    dev = root + "/dev"
    for folder in (dev, dev + "/pts", dev + "/shm"):
        os.mkdir(folder)
    for name in _DEVICES:
        os.close(os.open(f"{dev}/{name}", os.O_CREAT | os.O_WRONLY, 0o666))
        kernel.mount(f"/dev/{name}", f"{dev}/{name}", flags=kernel.MS_BIND)
    kernel.mount("devpts", dev + "/pts", "devpts", kernel.MS_NOSUID | kernel.MS_NOEXEC, "newinstance,ptmxmode=0666")
    for name, target in _DEV_LINKS:
        os.symlink(target, f"{dev}/{name}")


def _lay(root: str, file: FileSpec) -> None:
    path = root + file.path
    if file.folder:
        os.makedirs(path, exist_ok=True)
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if file.link_to is not None:
        os.symlink(file.link_to, path)
        return
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, file.mode)
    try:
        os.write(handle, file.content) if len(file.content) < 1 << 20 else _write_all(handle, file.content)
    finally:
        os.close(handle)


def _write_all(handle: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]
