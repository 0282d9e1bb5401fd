"""Hot topics (热点问题): who has to know of one, by when, and who does."""
