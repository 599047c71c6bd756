"""Explore how the solar wind drives Earth's magnetosphere, with SMILE and its heritage."""
