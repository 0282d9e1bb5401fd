"""Take a device out of the traffic before a change, and back, without a gap that seats notice."""
