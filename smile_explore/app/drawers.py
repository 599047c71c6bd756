"""What is out of the way until it is asked for: panels, sharing, data and their thanks."""


def drawers(explorer) -> list:
    """Return the drawers below the time table."""
    return []
