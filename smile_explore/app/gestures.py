"""What each gesture and key does: messages of `gestures.js` turned into actions."""

from pathlib import Path

from smile_explore.app.store import instant
from smile_explore.errors import SmileExploreError

_HELD = "The cursor is held here: click again, or press Esc, and it follows the mouse."


def script(uid: str) -> str:
    """Return the browser's part for one Explorer."""
    return Path(__file__).with_name("gestures.js").read_text("utf-8").replace("__UID__", uid)


def answer(explorer, message: dict) -> None:
    """Do what the browser asks; what cannot be done is told in the page."""
    action = _ACTIONS.get(message.get("do"))
    if action is None:
        explorer.message = f"The page sent an unknown gesture {message.get('do')!r}."
        return
    try:
        action(explorer, message)
    except SmileExploreError as err:
        explorer.message = str(err)
    explorer.push()


def _panel(explorer, message, key="panel"):
    name = message.get(key)
    return next((p for p in explorer.stack.panels if p.figure.name == name), None)


def _new(explorer, message) -> None:
    explorer.pick(message["start"], message["stop"], _panel(explorer, message))


def _cursor(explorer, message) -> None:
    explorer.set_cursor(instant(message["t"]))
    explorer.stack.cursor.tags = [message.get("n", 0)]  # the page may send the next


def _tap(explorer, message) -> None:
    time = instant(message["t"])
    explorer.set_cursor(time)
    number = explorer.intervals.at(time, message["reach"])
    if number is not None:
        explorer.select(number, jump=False)
    if message.get("held"):
        explorer.message = _HELD
    else:
        _let_go(explorer, message)


def _let_go(explorer, _message) -> None:
    if explorer.message == _HELD:
        explorer.message = explorer.notice


def _edges(explorer, message) -> None:
    number = explorer.intervals.selected
    if number is not None:
        start, stop = instant(message["start"]), instant(message["stop"])
        explorer.intervals.edit(number, start=start, stop=stop)


def _move(explorer, message) -> None:
    panel, to = _panel(explorer, message), _panel(explorer, message, "to")
    if panel is not None and to is not None:
        explorer.move_panel(panel.text, explorer.study.panels.index(to.text))


def _by(places: int):
    def action(explorer, message):
        panel = _panel(explorer, message)
        if panel is not None:
            explorer.move_panel(panel.text, explorer.study.panels.index(panel.text) + places)

    return action


def _remove(explorer, message) -> None:
    panel = _panel(explorer, message)
    if panel is not None:
        explorer.remove_panel(panel.text)


def _delete(explorer, _message) -> None:
    if explorer.intervals.selected is not None:
        explorer.intervals.delete(explorer.intervals.selected)


_ACTIONS = {
    "ready": lambda e, m: e.ready(dark=bool(m.get("dark"))),
    "cursor": _cursor,
    "sample": lambda e, m: e.sample(m["by"]),
    "back": lambda e, _: e.back(-1),
    "forward": lambda e, _: e.back(1),
    "step": lambda e, m: e.step(m["by"]),
    "day": lambda e, m: e.day(m["by"]),
    "zoom": lambda e, m: e.zoom(m["by"]),
    "reset": lambda e, _: e.reset(),
    "next": lambda e, _: e.next_interval(1),
    "previous": lambda e, _: e.next_interval(-1),
    "frame": lambda e, _: e.select(e.intervals.selected),
    "mark": lambda e, _: e.mark(),
    "undo": lambda e, _: e.intervals.undo(),
    "redo": lambda e, _: e.intervals.redo(),
    "delete": _delete,
    "new": _new,
    "tap": _tap,
    "let_go": _let_go,
    "edges": _edges,
    "move": _move,
    "up": _by(-1),
    "down": _by(1),
    "remove": _remove,
}
