"""What stands below the orbit: sky and dial, and which images they show.

A part of `explorer.Explorer`, apart so that each can be read on one screen.
"""

import panel as pn

from smile_explore.app import images, upstream
from smile_explore.app.loads import Job
from smile_explore.app.standoff import StandOff
from smile_explore.errors import SmileExploreError


class Pictures:
    """The X-ray image and the aurora: modelled, of the archive, or of a reader's file."""

    def pictures(self) -> list:
        """Return what stands below the orbit."""
        self.standoff = StandOff(self)
        sky = pn.Column(self._source("sky", "X-ray image"), self.sky.pane, self.sky.text, margin=0)  # fmt: skip
        dial = pn.Column(
            self._source("dial", "Aurora"),
            self.dial.pane,
            self.dial.text,
            self.standoff.view(),
            margin=0,
        )
        return [sky, dial]

    def _source(self, which: str, label: str):
        chosen = pn.widgets.Select(
            label=label, options=images.SOURCES[which], value=getattr(self.study, which), width=195, margin=(0, 6),
        )  # fmt: skip

        def follow(event):
            chosen.value = event.new

        chosen.param.watch(lambda e: self.loads.soon(lambda: self.show_images(which, e.new)), "value")  # fmt: skip
        self.study.param.watch(follow, which)
        return chosen

    def show_images(self, which: str, source: str) -> None:
        """Show images in the sky ("sky") or the dial ("dial"): "model", a product, or "file"."""
        if getattr(self.study, which) == source and which in self.taken_images:
            return
        setattr(self.study, which, source)
        if source != "file":
            self.taken_images.pop(which, None)
        if source in ("model", "file"):
            self.set_cursor(self.study.cursor)
        else:
            self.loads.also(self._images_job())

    def open_image(self, name: str, data: bytes) -> None:
        """Show the images of a reader's file, where they belong; the cursor goes to the first."""
        try:
            which, ds = images.opened(self.open_file, name, data)
        except SmileExploreError as err:
            self.message = str(err)
            return
        self.taken_images[which] = ds
        setattr(self.study, which, "file")
        if images.at_time(ds, self.study.cursor) is None:
            first = ds["time"].values[0]
            self.tell(f"{name}: first image at {images.stamp(ds.isel(time=0))} UT; the cursor went there.")  # fmt: skip
            hour = upstream.HOUR
            self._visit(first - hour, first + hour, cursor=first)
        else:
            self.set_cursor(self.study.cursor)

    def _images_job(self) -> Job:
        return Job("images", self._load_images, self._show_images)

    def _load_images(self) -> dict:
        wanted = {w: getattr(self.study, w) for w in ("sky", "dial")}
        return {w: self._quietly(p) for w, p in wanted.items() if p not in ("model", "file")}

    def _show_images(self, found: dict) -> None:
        self.taken_images |= found
        self.set_cursor(self.study.cursor)

    def _move_pictures(self, time, wind) -> None:
        """Show what sky and dial have at a time."""
        if self.study.dial == "model":
            self.dial.move(time, self.wind_data)
        else:
            self.dial.show(time, self.taken_images.get("dial"), self.study.dial)
        if self.study.sky != "model":
            self.sky.show(time, self.taken_images.get("sky"), wind, self.study)
        elif wind is not None:
            plasma = upstream.plasma_at(self.wind_data, time)
            self.sky.move(time, self.tracks.get("smile"), wind, plasma, self.study)
        if self._layout is not None:
            self.standoff.follow(wind)
