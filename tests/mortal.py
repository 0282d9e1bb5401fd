"""Programs that end with the test run that started them, however that ends."""

MORTAL = ("setpriv", "--pdeathsig", "KILL")
"""In front of a program's arguments. The signal comes when the thread that started it ends: only
for what the main thread starts, or what its thread outlives."""
