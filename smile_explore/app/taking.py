"""What an Explorer gives to take along, and takes back: data, script, bundle, link, study."""

import panel as pn

from smile_explore.app import pins, take
from smile_explore.app.state import Study
from smile_explore.errors import SmileExploreError


class Takes:
    """The part of an Explorer that hands out its state."""

    def taken(self) -> dict:
        """Return the Datasets of the panels, by product."""
        return take.datasets(self.store, self.study)

    def bundle(self) -> bytes:
        """Return the study as a zip that runs offline: data, time table, script, picture, thanks."""
        return take.bundle(self.study, self.taken(), self.timetable).getvalue()

    def code(self) -> str:
        """Return a script that reproduces data and figure in a fresh kernel."""
        return take.code(self.study, self.taken())

    def link(self) -> str:
        """Return the state as a link: to this server, or for ``smile-explore app``."""
        location = pn.state.location if self.loads.is_served else None
        base = f"{location.href.split('?')[0].split('#')[0]}" if location and location.href else "http://127.0.0.1:5006/explorer"  # fmt: skip
        return f"{base}?study={self.study.to_query()}"

    def study_file(self) -> str:
        """Return the state as a small YAML text, with the files that its data were read from."""
        return pins.pinned(self.study, self.taken()).to_yaml()

    def open_study(self, text: str) -> None:
        """Take over the state of a study file; the page says what is wrong with it."""
        try:
            study = Study.from_yaml(text)
        except SmileExploreError as err:
            self.message = str(err)
            return
        self.study.param.update(
            **{name: getattr(study, name) for name in study.param if name != "name"}
        )
        self.begin()
