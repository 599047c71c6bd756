"""Colours of the Explorer in light and dark, and the style sheet of its page."""

from dataclasses import dataclass

from smile_explore.views.style import COMPONENTS, GREY, SCALARS, SIMULATED


@dataclass(frozen=True)
class Look:
    """One theme: every text has a contrast of 4.5 to its background, every line 3."""

    back: str
    panel: str
    text: str
    grid: str
    quiet: str
    accent: str
    warn: str
    span: str
    lines: dict

    def line(self, color: str) -> str:
        """Return the theme's shade of a colour of `views.style`."""
        return self.lines.get(color, color)


#: On black the Okabe-Ito blue and green are too dim: brighter shades of the same hues.
_BRIGHT = {
    "#0072B2": "#56B4E9", "#009E73": "#2FD6A3", "#D55E00": "#FF8A3D", "#000000": "#F2F2F2",
    "#CC79A7": "#E6A3C7", GREY: "#A0A0A0", SIMULATED: "#FF8090",
}  # fmt: skip
LOOKS = {
    "light": Look("#FFFFFF", "#FFFFFF", "#1B1B1B", "#E2E2E2", "#5F5F5F", "#005A8C", SIMULATED, "#E3B505", {}),
    "dark": Look("#16191D", "#1D2126", "#EDEDED", "#3A4047", "#B4B4B4", "#7CC4F2", "#FF8090", "#F0C93A", _BRIGHT),
}  # fmt: skip

#: Regions of near-Earth space, told apart by lightness as well as by hue.
REGION_COLORS = {
    "magnetosphere": "#0072B2", "boundary layer": "#CC79A7", "magnetosheath": "#E69F00",
    "solar wind": "#F0E442",
}  # fmt: skip

__all__ = [
    "COMPONENTS",
    "LOOKS",
    "REGION_COLORS",
    "SCALARS",
    "Look",
    "css",
    "dress",
    "text_css",
    "widget_css",
]


def dress(fig, look: Look) -> None:
    """Give a Bokeh figure the colours of the theme."""
    fig.background_fill_color, fig.border_fill_color = look.panel, look.back
    fig.outline_line_color = look.grid
    fig.title.text_font_size, fig.title.text_font_style = "8pt", "normal"
    for axis in fig.axis:
        axis.axis_label_text_color = axis.major_label_text_color = look.text
        axis.axis_line_color = axis.major_tick_line_color = look.quiet
        axis.minor_tick_line_color = None
        axis.axis_label_text_font_size, axis.major_label_text_font_size = "8.5pt", "8.5pt"
        axis.axis_label_text_font_style = "normal"
    for grid in fig.grid:
        grid.grid_line_color, grid.grid_line_alpha = look.grid, 0.8
    for legend in fig.legend:
        legend.background_fill_color, legend.background_fill_alpha = look.panel, 0.75
        legend.label_text_color, legend.border_line_color = look.text, None
        legend.label_text_font_size = "8pt"
        legend.padding = legend.margin = legend.spacing = 2
        legend.glyph_width, legend.label_height, legend.glyph_height = 16, 12, 12


def css(look: Look) -> str:
    """Return the style sheet of the root: visible focus, quiet text, one column when narrow."""
    return f"""
:host {{ background: {look.back}; color: {look.text}; font-family: system-ui, sans-serif;
  padding: 4px 8px; box-sizing: border-box; }}
:host(:focus-visible), *:focus-visible {{ outline: 3px solid {look.accent}; outline-offset: 1px; }}
"""


def text_css(look: Look) -> str:
    """Return what every piece of text and every drawer adds: Panel's own theme may be the other."""
    return f":host, .card-title, .card-button, .card-header {{ color: {look.text} !important; }}"


def widget_css(look: Look) -> str:
    """Return what every widget adds to its own style sheet: theme colours and visible focus."""
    return f"""
.bk-btn, .bk-input {{ background: {look.panel}; color: {look.text}; border: 1px solid {look.quiet}; font-size: 13px; }}
.bk-btn.bk-btn-default {{ background: {look.panel}; color: {look.text}; border: 1px solid {look.grid}; }}
.bk-btn.bk-btn-default:hover {{ border-color: {look.accent}; }}
.bk-btn {{ padding: 3px 9px; min-height: 28px; }}
.bk-btn.bk-active, .bk-btn-group .bk-btn.bk-active {{ background: {look.accent} !important; color: {look.back} !important; }}
label, .bk-slider-title, .bk-slider-value {{ color: {look.text}; font-size: 12px; }}
.bk-btn:focus-visible, .bk-input:focus-visible, .noUi-handle:focus-visible, input:focus-visible {{
  outline: 3px solid {look.accent}; outline-offset: 1px; }}
select.bk-input {{ background-image: linear-gradient(45deg, transparent 50%, {look.text} 50%), linear-gradient(-45deg, transparent 50%, {look.text} 50%);
  background-position: right 12px center, right 7px center; background-size: 5px 5px; background-repeat: no-repeat; padding-right: 24px; }}
.noUi-target {{ background: {look.grid}; border-color: {look.quiet}; }}
.bk-input::placeholder {{ color: {look.quiet}; opacity: 1; }}
.tabulator .tabulator-tableholder .tabulator-placeholder .tabulator-placeholder-contents {{
  color: {look.quiet} !important; font-size: 13px !important; font-weight: normal !important; }}
.tabulator .tabulator-footer .tabulator-page[disabled] {{ opacity: 1; color: {look.quiet}; }}
.tabulator .tabulator-footer .tabulator-page.active {{ color: {look.accent}; font-weight: bold; }}
"""
