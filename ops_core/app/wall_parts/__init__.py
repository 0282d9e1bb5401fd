"""What each part of the wall reads, on its own: one that is slow or fails never ages another."""
