"""The declaration grown by a parameter: its files edited as a person would, comments kept."""
