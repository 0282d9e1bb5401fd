"""Changes of the network on the console: plan, diff, rehearsal, approval, progress, history."""
