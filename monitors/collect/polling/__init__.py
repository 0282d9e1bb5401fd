"""Reading SNMP agents: questions and replies, polls at each agent's pace, and what they mean."""
