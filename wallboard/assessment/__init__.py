"""The assessment of a month: exemptions, the state of each period, the form that is printed."""
