"""Look at every link of the built site: files and anchors must be there, other hosts are listed."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass
class Found:
    """What was found: `broken` in words, `external` addresses with the pages that name them.

    `loaded` holds addresses of other hosts that a page fetches by itself.
    """

    pages: int = 0
    broken: list[str] = field(default_factory=list)
    external: dict[str, list[str]] = field(default_factory=dict)
    loaded: dict[str, list[str]] = field(default_factory=dict)


class Page(HTMLParser):
    """Collects the anchors of a page, its links, and what it loads."""

    def __init__(self, text: str):
        super().__init__()
        self.anchors, self.links, self.loads = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Take what a tag points at."""
        given = {key: value for key, value in attrs if value}
        self.anchors |= {given[key] for key in ("id", "name") if key in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in ("script", "img", "iframe") and "src" in given:
            self.loads.append(given["src"])
        elif tag == "link" and given.get("rel") in (
            "stylesheet",
            "preload",
            "icon",
            "shortcut icon",
        ):
            self.loads.append(given.get("href", ""))


def check(site: Path) -> Found:
    """Return what the links of all pages of a site lead to."""
    paths = [p for p in sorted(site.rglob("*.html")) if "_static" not in p.parts]  # templates
    pages = {path: Page(path.read_text("utf-8")) for path in paths}
    found = Found(pages=len(pages))
    anchors = {path.resolve(): page.anchors for path, page in pages.items()}
    for path, page in pages.items():
        name = str(path.relative_to(site))
        for target in dict.fromkeys(page.links + page.loads):
            _look(target, path, anchors, found, name)
        for target in page.loads:
            if urlsplit(target).netloc:
                found.loaded.setdefault(target, []).append(name)
    return found


def _look(target: str, path: Path, anchors: dict, found: Found, name: str) -> None:
    parts = urlsplit(target)
    if parts.scheme in ("http", "https") or parts.netloc:
        found.external.setdefault(target, []).append(name)
        return
    if parts.scheme:  # data:, mailto:
        return
    other = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
    if not other.is_file():
        found.broken.append(f"{name}: {target} is not there")
    elif parts.fragment and unquote(parts.fragment) not in anchors.get(
        other, {unquote(parts.fragment)}
    ):
        found.broken.append(f"{name}: {target} has no such anchor")
