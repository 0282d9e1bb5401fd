"""Whether what hardens the devices is in force in their texts."""
