"""What every part of the product stands on, and which stands on none of them.

Settings, clock, database, the outbox of events, the audit chain, identity, errors and
translations. A command of any part runs in :func:`ops_core.kernel.commands.unit_of_work`, so
that its change, its events and its audit entry are stored together or not at all.
"""
