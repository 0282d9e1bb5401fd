"""Work orders: their steps, their deadlines, and how much of them waits."""
