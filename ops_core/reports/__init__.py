"""What stands in a report: data frozen at drafting, and the documents made of them.

Above the indicators, for a report reads them; the life of reports, which an indicator judges, is
below (:mod:`ops_core.obligations`).
"""
