"""Server settings for this machine.

Nothing here trades safety for speed: fsync and synchronous commit stay on.
"""

import os
import shutil
from pathlib import Path

MB = 1024 * 1024
GB = 1024 * MB
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
SHARED_MEMORY = Path("/dev/shm")


def settings(cluster: Path) -> dict[str, str]:
    """The settings that follow from memory, processors and disk, as PostgreSQL writes them."""
    memory = _memory()
    cores = os.cpu_count() or 1
    return {
        "shared_buffers": _megabytes(min(memory // 4, 4 * GB)),
        "effective_cache_size": _megabytes(memory * 6 // 10),
        "work_mem": _megabytes(max(4 * MB, min(memory // 256, 32 * MB))),
        "maintenance_work_mem": _megabytes(max(64 * MB, min(memory // 16, 512 * MB))),
        "max_wal_size": _megabytes(max(GB, min(shutil.disk_usage(cluster).free // 8, 8 * GB))),
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_parallel_workers_per_gather": str(max(1, min(cores // 2, 4))),
        "dynamic_shared_memory_type": "posix" if _roomy(SHARED_MEMORY) else "mmap",
    }


def _memory() -> int:
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(physical, int(CGROUP_LIMIT.read_text()))
    except (OSError, ValueError):
        # No control group, or "max": the machine's own memory is the limit.
        return physical


def _roomy(folder: Path) -> bool:
    """Whether parallel queries may share memory there: containers often give it 64 MB only."""
    return folder.is_dir() and shutil.disk_usage(folder).total >= GB


def _megabytes(size: int) -> str:
    return f"{size // MB}MB"
