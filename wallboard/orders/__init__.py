"""Work orders on the console: the dispatcher's and the unit's lists, one order, its steps."""
