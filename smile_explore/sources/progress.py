"""What a user sees while waiting: one line, after one second, in a terminal or a notebook.

Silent where nobody looks (tests, batch jobs, pipes): it shows on a terminal or in a
notebook kernel only. Nothing here may raise: a missing bar must not cost a download.
"""

import sys
import time
import warnings

_PATIENCE = 1.0  # seconds a user waits without wondering


class Progress:
    """One line that says what is being waited for, and how many bytes came."""

    def __init__(self, title: str):
        self.title = title
        self.bytes = 0
        self._text = ""
        self._bar = None
        self._since = time.monotonic()
        self._seen = is_watched()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        if self._bar is not None:
            self._bar.close()

    def says(self, text: str) -> None:
        """Tell what is going on now."""
        self._text = text
        self.tick()

    def add(self, count: int) -> None:
        """Count bytes that arrived."""
        self.bytes += count
        self.tick()

    def tick(self) -> None:
        """Show the line, once more than a second has passed."""
        if not self._seen or time.monotonic() - self._since < _PATIENCE:
            return
        if self._bar is None:
            self._bar = _new_bar()
        self._bar.set_description_str(f"{self.title}: {self._text}", refresh=False)
        self._bar.n = self.bytes
        self._bar.refresh()


def is_watched() -> bool:
    """Say whether a person can see a line: on a terminal, or in a notebook."""
    if "IPython" in sys.modules:
        from IPython import get_ipython

        if hasattr(get_ipython(), "kernel"):
            return True
    return sys.stderr is not None and sys.stderr.isatty()


def _new_bar():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a notebook without ipywidgets gets the plain line
        from tqdm.auto import tqdm
    return tqdm(unit="B", unit_scale=True, leave=False, bar_format="{desc} {n_fmt}B, {elapsed}")
