"""From evidence to faults: a pure verdict over the declared graph, rules over samples."""
