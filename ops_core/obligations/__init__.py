"""The reports that are owed: their calendar, and the life of each from owed to received.

What stands in a report is above (:mod:`ops_core.reports`), for it reads the indicators; the life of
reports is below them, for indicator 9 judges it.
"""
