"""Text on the screen that changes: the model of Panel's HTML, which sends its text and nothing else.

Panel's pane around it sends its style sheets along with every change, and in a notebook these
are addresses of a CDN: offline, each move of the cursor would ask for them in vain. For a new
text of Bokeh's own Div the browser lays out the whole page anew.
"""

import html

import panel as pn
from panel.models.markup import HTML


class Words(pn.viewable.Viewer):
    """Some HTML; setting `object` changes it (in a notebook after the Explorer's push)."""

    def __init__(self, text: str = "", margin=(0, 8), **styles):
        super().__init__()
        self._model = HTML(text=html.escape(text), disable_math=True, sizing_mode="stretch_width", styles=styles)  # fmt: skip
        self._pane = pn.pane.Bokeh(self._model, margin=margin, sizing_mode="stretch_width")

    @property
    def object(self) -> str:
        """The HTML that is shown."""
        return html.unescape(self._model.text)

    @object.setter
    def object(self, text: str) -> None:
        if text != self.object:
            self._model.text = html.escape(text)

    def __panel__(self):
        return self._pane


def following(explorer, make, margin=(0, 8), on: str = "moment", **styles) -> Words:
    """Return words that are made anew whenever a parameter of the Explorer changes."""
    words = Words(make(), margin, **styles)

    def renew(_):
        words.object = make()
        if on != "moment":  # after a moment the Explorer pushes by itself
            explorer.push()

    explorer.param.watch(renew, on)
    return words
