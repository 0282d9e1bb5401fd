"""Articles with their versions, from the first draft to the last day in force (知识条目)."""
