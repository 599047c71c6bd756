"""The Explorer: one screen from the solar wind to what SMILE sees, in a notebook and served."""
