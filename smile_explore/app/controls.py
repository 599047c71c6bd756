"""Buttons, rows that wrap, and drawers that are filled when they are first opened."""

import panel as pn

from smile_explore.app.loads import Loads
from smile_explore.app.look import Look, text_css, widget_css


def button(loads: Loads, text: str, act, description: str, **options) -> pn.widgets.Button:
    """Return a button that says what it does to a pointer and to a screen reader.

    What cannot be done is said by the page of those `loads`.
    """
    made = pn.widgets.Button(label=text, description=description, margin=(2, 3), **options)
    made.on_click(lambda _: loads.soon(act))
    return made


def show(widget, seen: bool) -> None:
    """Show or hide a widget; its place stays free.

    Bokeh lays out the whole page anew when `visible` or `disabled` changes, which takes longer
    than drawing all panels; for a style it does not.
    """
    widget.styles = {**widget.styles, "visibility": "visible" if seen else "hidden"}


def wrapped(*objects, align: str = "flex-end", **options) -> pn.FlexBox:
    """Return a row that goes on in the next line where the page is narrow (a Row would widen it)."""
    return pn.FlexBox(*objects, align_items=align, flex_wrap="wrap", **options)


def drawer(title: str, make, look: Look) -> pn.Card:
    """Return a closed drawer; `make` fills it when it is opened: a first page has little to build."""
    heading = pn.pane.HTML(f'<h2 style="font-size:14px;margin:2px 4px">{title}</h2>', margin=0)
    card = pn.Card(
        header=heading, collapsed=True, sizing_mode="stretch_width", margin=(3, 0),
        header_background=look.panel, header_color=look.text, styles={"background": look.back, "border": f"1px solid {look.grid}"},
    )  # fmt: skip

    def opened(_):
        if not card.objects:
            card.append(dressed(make(), look))

    card.param.watch(opened, "collapsed")
    return card


def dressed(root, look: Look):
    """Give all widgets and texts below a layout the colours of the theme; return it."""
    for widget in root.select(pn.widgets.Widget):
        widget.stylesheets = [*widget.stylesheets, widget_css(look)]
    for text in (*root.select(pn.pane.HTML), *root.select(pn.Card)):
        text.stylesheets = [*text.stylesheets, text_css(look)]
    return root
