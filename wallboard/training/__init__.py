"""Hot topics on the console and for programs: declared, trained, gated."""
