"""Settings of the site; `make site` calls Sphinx on a copy of docs/ and notebooks/.

Everything a page needs is beside it: no page asks another server for scripts, fonts or styles.
"""

import re
from importlib import metadata

project = "smile_explore"
author = "The smile_explore developers"
copyright = "The smile_explore developers"
release = version = metadata.version("smile_explore")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_design"]
root_doc = "docs/index"
include_patterns = ["docs/**.md", "notebooks/*.ipynb", "notebooks/solutions/*.ipynb"]

# notebooks are run before (or not at all), so that one place says how
nb_execution_mode = "off"
nb_ipywidgets_js = {}  # its scripts are on a CDN; figures of widgets stand in the page instead
nb_merge_streams = True
# scripts before their pages' HTML; a widget's own view needs a kernel
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]
myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 4
# a link to a file that the site does not hold is the repository's, not a page's
suppress_warnings = ["mystnb.unknown_mime_type"]

default_role = "py:obj"  # one backtick: code, and a link where there is a page
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say kind, dims, units and frame
add_module_names = False
napoleon_numpy_docstring = True
napoleon_google_docstring = False
napoleon_use_rtype = False

html_theme = "sphinx_book_theme"
html_title = "smile_explore"
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_context = {"default_mode": "light"}  # figures are drawn on white
html_theme_options = {
    "navbar_persistent": [],  # the side bar has the search
    "use_download_button": False,  # it would give the page's source, not the notebook
    "use_fullscreen_button": False,
    "show_toc_level": 2,
}


#: What stands between backticks is code, and stays as it is.
_CODE = re.compile(r"(`+[^`]*`+)")


def escape_bars(app, what, name, obj, options, lines):
    """Let ``|theta|`` be an absolute value, not a substitution of reStructuredText."""
    for n, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            parts = _CODE.split(line)
            parts[::2] = [part.replace("|", r"\|") for part in parts[::2]]
            lines[n] = "".join(parts)


def setup(app):
    """Connect to Sphinx."""
    app.connect("autodoc-process-docstring", escape_bars, priority=100)
