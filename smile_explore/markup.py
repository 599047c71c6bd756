"""Text of files, packs, links and people, made safe for a page: the one way to HTML and to labels.

Whoever writes HTML passes every value through `escape`; whoever gives text to a figure passes it
through `plain`, or Bokeh and matplotlib would read parts of it as TeX.
"""

import html
import re

#: What begins or ends TeX in a label: Bokeh would load MathJax for it.
_TEX = re.compile(r"\$(?=\$)|\\(?=[()\[\]])")
_LINK = re.compile(r"https?://[^\s\"'<>`\\]+", re.IGNORECASE)
_JOINER = "\u2060"  # takes no room


def escape(value) -> str:
    """Return a value as the text of HTML, or as a quoted attribute of it.

    Examples
    --------
    >>> escape('<b onclick="x">')
    '&lt;b onclick=&quot;x&quot;&gt;'
    """
    return html.escape(str(value), quote=True)


def link(url: str) -> str:
    """Return an address as HTML: a link to a page of the web, anything else as text.

    Examples
    --------
    >>> link("https://doi.org/10.1"), link("javascript:alert(1)")
    ('<a href="https://doi.org/10.1">https://doi.org/10.1</a>', 'javascript:alert(1)')
    """
    shown = escape(url)
    return f'<a href="{shown}">{shown}</a>' if _LINK.fullmatch(url) else shown


def plain(value) -> str:
    """Return a value as a figure's label that looks the same, and is never read as TeX by Bokeh.

    Examples
    --------
    >>> plain("B (nT)"), "$$" in plain("$$x$$")
    ('B (nT)', False)
    """
    return _TEX.sub(lambda m: m[0] + _JOINER, str(value))


def paper(value) -> str:
    r"""Return a value as matplotlib's text, never read as TeX.

    Examples
    --------
    >>> paper("5 $ and $")
    '5 \\$ and \\$'
    """
    return str(value).replace("$", r"\$")
