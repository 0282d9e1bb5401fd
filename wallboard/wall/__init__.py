"""The wall: one picture of the whole centre, drawn for 3840x2160 and kept live by a stream."""
