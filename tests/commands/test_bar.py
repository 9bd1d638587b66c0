"""The bar that tells how far something is."""

from threading import enumerate as threads

from tqdm import tqdm

from webshop.commands.catalog.bar import Bar


def test_it_leaves_no_thread_behind() -> None:
    with Bar(total=1, disable=True) as bar:
        bar.update()
    assert Bar.monitor_interval == 0 != tqdm.monitor_interval
    assert "tqdm_monitor" not in [thread.name for thread in threads()]
