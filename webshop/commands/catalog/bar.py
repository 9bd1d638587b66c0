"""How far something is that takes its time."""

from tqdm import tqdm


class Bar(tqdm):  # type: ignore[type-arg]  # generic in its stubs only
    """Without the thread that tqdm starts even where no bar is seen: a shop makes its pictures with it at its
    start, and that thread would live as long as the process."""

    monitor_interval = 0
