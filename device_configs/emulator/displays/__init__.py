"""What ``display`` commands show, worked out from the state of the box."""
