"""Deployments on the console: the list of runs, one run, and starting one."""
